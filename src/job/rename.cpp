// Gives a job another name.
#include "job/rename.hpp"

#include "base/json_writer.hpp"
#include "job/keeper_connection.hpp"
#include "sys/clock.hpp"
#include "sys/file.hpp"

#include <nlohmann/json.hpp>

namespace outlast::job {
namespace {

void append_event(const JobFolder& folder, const Record& record, const std::string& name) {
    JsonWriter json;
    json.begin_object().member("time_ns", sys::realtime_now()).member("run", record.run);
    json.member("event", "renamed").member("name", name).end_object();
    const auto events = sys::open_at(folder.fd.get(), "events.jsonl", O_WRONLY | O_APPEND);
    if (events) (void)sys::write_all(events->get(), json.text() + "\n");
}

/// Everything but the name stays as it is, in its order; members that we do not know too.
Result<> rewrite_record(const JobFolder& folder, const std::string& name) {
    const auto text = sys::read_file_at(folder.fd.get(), "state.json");
    if (!text) return fail(text.error());
    auto json = nlohmann::ordered_json::parse(*text, nullptr, false);
    if (!json.is_object()) return fail(Errc::damaged, "state.json is damaged");
    json["name"] = name;
    return sys::replace_file_at(folder.fd.get(), "state.json", json.dump() + "\n",
                                sys::Durability::on_disk);
}

} // namespace

Result<> rename_job(Registry& registry, const Record& record, const std::string& name) {
    const auto folder = registry.open_folder(record.number);
    if (!folder) return fail(folder.error());
    if (auto assigned = registry.assign_name(record.number, name); !assigned) return assigned;
    if (!record.fate) {
        auto connection = KeeperConnection::connect(*folder, record);
        if (connection) {
            return connection->request(wire::text_frame(wire::FrameType::rename, name));
        }
        // It may have ended since the record was read.
        if (!read_record(*folder).fate) return fail(connection.error());
    }
    if (auto written = rewrite_record(*folder, name); !written) return written;
    append_event(*folder, record, name);
    return {};
}

} // namespace outlast::job
