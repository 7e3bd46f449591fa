// What became of each of several processes that were to be adopted.
#include "cli/adopt_results.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"

namespace outlast::cli {

void AdoptResults::adopted(const AdoptedJob& job) {
    if (!is_whole(job) && m_exit_code == 0) m_exit_code = 1;
    if (m_output.json) append(adopted_json(job));
    else print_adopted(job, m_output);
}

void AdoptResults::failed(const std::string& word, const Error& error) {
    if (m_exit_code <= 1) m_exit_code = exit_code_for(error);
    if (!m_output.json) return m_output.error(error);
    JsonWriter json;
    json.begin_object().member("operand", printable_line(word)).member("result", "error");
    json.key("error").begin_object().member("message", printable_line(error.message()));
    json.member("why", printable_line(error.why)).member("fix", printable_line(error.fix));
    append(json.end_object().end_object().text());
}

int AdoptResults::finish() const {
    if (!m_output.json) return m_exit_code;
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("ok", m_exit_code == 0);
    json.key("jobs").raw("[" + m_list + "]").end_object();
    m_output.print_line(json.text());
    return m_exit_code;
}

void AdoptResults::append(const std::string& object) {
    if (!m_list.empty()) m_list += ',';
    m_list += object;
}

} // namespace outlast::cli
