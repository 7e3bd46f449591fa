// What became of each of several jobs.
#include "cli/job_results.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"

namespace outlast::cli {
namespace {

JsonWriter begin_job(const job::Record& record) {
    JsonWriter json;
    json.begin_object().member("number", record.number);
    json.member("id", record.id).member("name", record.name);
    return json;
}

void append(std::string& list, const std::string& object) {
    if (!list.empty()) list += ',';
    list += object;
}

} // namespace

void JobResults::done(const job::Record& record, std::string_view result, std::string_view sentence,
                      std::string_view members) {
    if (!m_output.json)
        return m_output.print_line(m_output.quiet ? std::to_string(record.number)
                                                  : std::string(sentence));
    JsonWriter json = begin_job(record);
    json.member("result", result);
    if (!members.empty()) json.raw(members);
    append(m_json, json.end_object().text());
}

void JobResults::failed(const job::Record& record, const Error& error) {
    if (m_exit_code == 0) m_exit_code = exit_code_for(error);
    if (!m_output.json) return m_output.error(error);
    JsonWriter json = begin_job(record);
    json.member("result", "error").key("error").begin_object();
    json.member("message", printable_line(error.message()));
    json.member("why", printable_line(error.why)).member("fix", printable_line(error.fix));
    append(m_json, json.end_object().end_object().text());
}

int JobResults::finish() const {
    if (!m_output.json) return m_exit_code;
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("ok", m_exit_code == 0);
    json.key("jobs").raw("[" + m_json + "]").end_object();
    m_output.print_line(json.text());
    return m_exit_code;
}

} // namespace outlast::cli
