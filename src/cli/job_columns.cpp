// The columns in which jobs can be listed.
#include "cli/job_columns.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace outlast::cli {
namespace {

using Align = JobColumn::Align;
using Width = JobColumn::Width;

std::string number_text(const JobRow& row, Nanoseconds) {
    return std::to_string(row.record.number);
}
std::string id_text(const JobRow& row, Nanoseconds) { return row.record.id; }
std::string name_text(const JobRow& row, Nanoseconds) { return row.record.name; }
std::string state_text(const JobRow& row, Nanoseconds) {
    return job::describe_condition(row.record);
}

std::string time_text(const JobRow& row, Nanoseconds now) {
    const Nanoseconds span = time_of(row.record, now);
    if (row.record.condition == job::Condition::damaged || span == 0) return "";
    std::string text = format_duration(span);
    if (row.record.fate && row.record.fate->ended > 0)
        text += ", " + format_ago(now - row.record.fate->ended);
    return text;
}

std::string command_text(const JobRow& row, Nanoseconds) { return row.record.command; }

std::string output_text(const JobRow& row, Nanoseconds) {
    if (!row.last_line.empty()) return row.last_line;
    return row.record.command.empty() ? "" : "$ " + row.record.command;
}

std::string pid_text(const JobRow& row, Nanoseconds) {
    return job::is_alive(row.record.condition) && row.record.pid > 0
               ? std::to_string(row.record.pid)
               : "";
}
std::string cpu_text(const JobRow& row, Nanoseconds) {
    return row.use ? std::to_string(std::llround(row.use->cpu_percent)) + "%" : "";
}
std::string memory_text(const JobRow& row, Nanoseconds) {
    return row.use ? format_size(row.use->memory) : "";
}
std::string size_text(const JobRow& row, Nanoseconds) {
    return row.log_size ? format_size(*row.log_size) : "";
}
std::string directory_text(const JobRow& row, Nanoseconds) { return row.record.directory; }
std::string host_text(const JobRow& row, Nanoseconds) { return row.record.host; }

std::string tags_text(const JobRow& row, Nanoseconds) {
    std::string text;
    for (const std::string& tag : row.record.tags) text += (text.empty() ? "" : ",") + tag;
    return text;
}

std::string moment_text(Nanoseconds moment, Nanoseconds now) {
    return moment > 0 ? format_moment(moment, now) : "";
}
std::string started_text(const JobRow& row, Nanoseconds now) {
    return moment_text(row.record.started, now);
}
std::string ended_text(const JobRow& row, Nanoseconds now) {
    return row.record.fate ? moment_text(row.record.fate->ended, now) : "";
}
std::string exit_text(const JobRow& row, Nanoseconds) {
    return row.record.fate ? std::to_string(job::exit_code_of(*row.record.fate)) : "";
}

constexpr std::array<JobColumn, 17> columns{{
    {"number", "JOB", Align::right, Width::natural, number_text},
    {"name", "NAME", Align::left, Width::natural, name_text},
    {"state", "STATE", Align::left, Width::natural, state_text},
    {"time", "TIME", Align::left, Width::natural, time_text},
    {"output", "LAST LINE", Align::left, Width::flexible, output_text},
    {"command", "COMMAND", Align::left, Width::flexible, command_text},
    {"pid", "PID", Align::right, Width::natural, pid_text},
    {"cpu", "CPU", Align::right, Width::natural, cpu_text},
    {"mem", "MEM", Align::right, Width::natural, memory_text},
    {"size", "LOG", Align::right, Width::natural, size_text},
    {"dir", "DIRECTORY", Align::left, Width::flexible, directory_text},
    {"tags", "TAGS", Align::left, Width::natural, tags_text},
    {"host", "HOST", Align::left, Width::natural, host_text},
    {"started", "STARTED", Align::left, Width::natural, started_text},
    {"ended", "ENDED", Align::left, Width::natural, ended_text},
    {"exit", "EXIT", Align::right, Width::natural, exit_text},
    {"id", "ID", Align::left, Width::natural, id_text},
}};

constexpr std::size_t gap = 2;

struct Cell {
    std::string text;
    std::size_t missing = 0; ///< columns that it leaves free
};

Cell fit(const std::string& text, std::size_t width) {
    Cell cell{fit_width(text, width, Output::utf8())};
    cell.missing = width - std::min(width, display_width(cell.text));
    return cell;
}

struct Table {
    std::vector<std::vector<std::string>> cells; ///< the headings first
    std::vector<std::size_t> widths;
};

Table fill(const std::vector<JobRow>& rows, const std::vector<const JobColumn*>& chosen,
           Nanoseconds now) {
    Table table;
    table.cells.reserve(rows.size() + 1);
    table.cells.emplace_back();
    for (const JobColumn* column : chosen) {
        table.cells.back().emplace_back(column->heading);
        table.widths.push_back(table.cells.back().back().size());
    }
    for (const JobRow& row : rows) {
        std::vector<std::string>& line = table.cells.emplace_back();
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            line.push_back(printable_line(chosen[i]->text(row, now)));
            table.widths[i] = std::max(table.widths[i], display_width(line.back()));
        }
    }
    return table;
}

/// Takes away from flexible columns first, then from the widest other ones, until all fit.
void narrow(std::vector<std::size_t>& widths, const std::vector<const JobColumn*>& chosen,
            std::size_t room) {
    constexpr std::size_t least_flexible = 10;
    constexpr std::size_t least_natural = 6;
    std::size_t total = gap * (widths.size() - 1);
    for (const std::size_t width : widths) total += width;
    const auto shrink = [&](Width kind, std::size_t least) {
        while (total > room) {
            std::size_t* widest = nullptr;
            for (std::size_t i = 0; i < widths.size(); ++i) {
                if (chosen[i]->width != kind || widths[i] <= least) continue;
                if (widest == nullptr || widths[i] > *widest) widest = &widths[i];
            }
            if (widest == nullptr) return;
            --*widest;
            --total;
        }
    };
    shrink(Width::flexible, 2 * least_flexible);
    shrink(Width::natural, 2 * least_flexible);
    shrink(Width::flexible, least_flexible);
    shrink(Width::natural, least_natural);
    shrink(Width::flexible, 1);
    shrink(Width::natural, 1);
}

} // namespace

std::span<const JobColumn> job_columns() { return columns; }

Result<std::vector<const JobColumn*>> parse_columns(std::string_view list) {
    std::vector<const JobColumn*> chosen;
    for (const std::string_view word : split(list, ',')) {
        const std::string_view name = trim(word);
        const auto column = std::find_if(columns.begin(), columns.end(),
                                         [&](const JobColumn& each) { return name == each.name; });
        if (column == columns.end()) {
            std::string names;
            for (const JobColumn& each : columns)
                names += (names.empty() ? "" : ",") + std::string(each.name);
            return fail(Errc::usage, "there is no column \"" + printable_line(name) + "\"", {},
                        "some of " + names);
        }
        chosen.push_back(&*column);
    }
    return chosen;
}

std::string render_jobs(const std::vector<JobRow>& rows,
                        const std::vector<const JobColumn*>& chosen, std::size_t width,
                        Nanoseconds now, const Output& output) {
    Table table = fill(rows, chosen, now);
    if (width > 0) narrow(table.widths, chosen, width);
    std::string text;
    for (std::size_t line = 0; line < table.cells.size(); ++line) {
        std::size_t due = 0; // blanks before the next text: none at the end of a line
        for (std::size_t i = 0; i < chosen.size(); ++i) {
            const bool right = chosen[i]->align == Align::right;
            const Cell cell = fit(table.cells[line][i], table.widths[i]);
            if (right) due += cell.missing;
            if (!cell.text.empty()) {
                text.append(due, ' ');
                due = 0;
                Style style = line == 0 ? Style::dim : Style::plain;
                if (line > 0 && chosen[i]->text == state_text)
                    style = style_of(rows[line - 1].record);
                text += output.styled(style, cell.text);
            }
            due += gap + (right ? 0 : cell.missing);
        }
        text += '\n';
    }
    return text;
}

Style style_of(const job::Record& record) noexcept {
    switch (record.condition) {
    case job::Condition::running: return Style::plain;
    case job::Condition::ok: return Style::good;
    case job::Condition::quiet: return Style::dim;
    case job::Condition::needs_input:
    case job::Condition::paused:
    case job::Condition::stopping: return Style::warning;
    default: return Style::bad;
    }
}

std::string format_ago(Nanoseconds span) {
    if (span < ns_per_second) return "now";
    const std::string text = format_duration(span);
    return text.substr(0, text.find(' ')) + " ago";
}

Nanoseconds time_of(const job::Record& record, Nanoseconds now) noexcept {
    const Nanoseconds end = record.fate ? record.fate->ended : now;
    if (record.started <= 0 || end <= record.started) return 0;
    return end - record.started;
}

} // namespace outlast::cli
