// The log as a viewer reads it.
#include "attach/log_source.hpp"

#include "base/duration.hpp"

#include <cerrno>
#include <fcntl.h>
#include <limits>

namespace outlast::attach {

std::string gap_text(const log::Gap& gap) {
    return "[outlast: " + format_size(gap.to - gap.from) + " of output are not kept here]";
}

std::string gap_line(const log::Gap& gap) { return "\r\n" + gap_text(gap) + "\r\n"; }

outlast::Result<LogSource> LogSource::open(const job::JobFolder& folder,
                                           const ViewerOptions& options) {
    if (options.log_fd >= 0) {
        sys::UniqueFd copy(::fcntl(options.log_fd, F_DUPFD_CLOEXEC, 3));
        if (!copy) return fail_errno("the job's log");
        return LogSource(log::LogFile::in_memory(std::move(copy), folder.fd.get()), options.from);
    }
    auto file = log::LogFile::open(folder.fd.get());
    if (!file) return fail(Error(file.error()).within("the job's log"));
    return LogSource(std::move(*file), options.from);
}

outlast::Result<std::optional<LogSource>> LogSource::open_errors(const job::JobFolder& folder,
                                                                 std::uint64_t from) {
    auto file = log::LogFile::open(folder.fd.get(), "log.stderr", "live.stderr");
    if (file) return std::optional(LogSource(std::move(*file), from));
    if (file.error().is_errno(ENOENT)) return std::optional<LogSource>();
    return fail(Error(file.error()).within("the job's error output"));
}

std::uint64_t LogSource::behind() const {
    const std::uint64_t size = m_file.size();
    return size > m_offset ? size - m_offset : 0;
}

outlast::Result<std::string> LogSource::next(std::size_t most, std::uint64_t end) {
    // The job has emptied its log: go on with what it writes from there on.
    if (m_waits && !m_mark.holds(m_file.fd())) jump(0);
    m_waits = false;
    if (m_offset >= end) return std::string();
    auto chunk = m_file.read(m_offset, std::min<std::uint64_t>(most, end - m_offset));
    if (!chunk) return fail(chunk.error());
    if (chunk->gap) {
        jump(chunk->gap->to);
        return gap_line(*chunk->gap);
    }
    m_offset += chunk->bytes.size();
    m_waits = chunk->bytes.empty();
    if (!m_waits) m_mark.set(chunk->bytes, m_offset);
    return std::move(chunk->bytes);
}

} // namespace outlast::attach
