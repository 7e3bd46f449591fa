// One page of a log as JSON.
#include "cli/log_page.hpp"

#include "base/json_writer.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <vector>

namespace outlast::cli {
namespace {

constexpr std::uint64_t usual_page = std::uint64_t{256} << 10;
constexpr std::uint64_t largest_page = std::uint64_t{16} << 20;

struct Page {
    std::string bytes;
    std::vector<log::Gap> gaps;
    std::uint64_t next = 0;
};

Result<Page> read_page(const log::LogFile& file, std::uint64_t begin, std::uint64_t end,
                       std::uint64_t most) {
    Page page;
    page.next = begin;
    while (page.next < end && page.bytes.size() < most) {
        const std::uint64_t size = std::min(end - page.next, most - page.bytes.size());
        const auto chunk = file.read(page.next, static_cast<std::size_t>(size));
        if (!chunk) return fail(chunk.error());
        if (chunk->gap) {
            page.gaps.push_back({page.next, chunk->gap->to});
            page.next = chunk->gap->to;
            continue;
        }
        if (chunk->bytes.empty()) break;
        page.bytes += chunk->bytes;
        page.next += chunk->bytes.size();
    }
    return page;
}

} // namespace

std::size_t incomplete_tail(std::string_view text) noexcept {
    constexpr std::size_t longest = 4;
    for (std::size_t length = 1; length < longest && length <= text.size(); ++length) {
        const auto byte = static_cast<unsigned char>(text[text.size() - length]);
        if ((byte & 0xC0) == 0x80) continue; // the start is further to the left
        const std::size_t needs = byte >= 0xF0 ? 4 : byte >= 0xE0 ? 3 : byte >= 0xC2 ? 2 : 1;
        return needs > length ? length : 0;
    }
    return 0;
}

Result<int> print_page(const job::JobFolder& folder, const job::Record& record,
                       const log::LogFile& file, const attach::RangeRequest& request,
                       const Output& output) {
    const std::uint64_t most =
        std::clamp<std::uint64_t>(request.max_bytes.value_or(usual_page), 1, largest_page);
    attach::RangeRequest wanted = request;
    wanted.max_bytes.reset(); // counts bytes of output here, and gaps have none
    const auto range = attach::find_range(folder, file, wanted, nullptr);
    if (!range) return fail(range.error());
    auto page = read_page(file, range->begin, range->end, most);
    if (!page) return fail(page.error());
    const bool ended = !job::is_alive(record.condition);
    const std::size_t tail = incomplete_tail(page->bytes);
    // At the very end nothing follows that could complete it.
    const bool last = ended && page->next >= range->end;
    if (!last && tail < page->bytes.size()) {
        page->bytes.resize(page->bytes.size() - tail);
        page->next -= tail;
    }
    const std::uint64_t stop = range->limit.value_or(UINT64_MAX);
    const bool complete = ended || (range->limit && range->end >= *range->limit);
    JsonWriter json;
    json.begin_object().member("schema_version", 1).member("from", range->begin);
    json.member("end", file.size()).member("next", page->next);
    json.member("eof", complete && page->next >= std::min(stop, range->end));
    json.member("state", job::describe_condition(record)).key("gaps").begin_array();
    for (const log::Gap& gap : page->gaps)
        json.begin_object().member("from", gap.from).member("to", gap.to).end_object();
    json.end_array().member("output", page->bytes).end_object();
    output.print_line(json.text());
    return 0;
}

} // namespace outlast::cli
