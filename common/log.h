// Our own diagnostics, to stderr through spdlog: what an operator needs to act, never event
// content. `log_info("opened the spool in {}", folder)`. Thread-safe.
#pragma once

#include <spdlog/spdlog.h>

#include <string>

namespace spoor {

// `program` begins each line; `level` is debug, info, warning or error. Under systemd
// (JOURNAL_STREAM set) lines carry the journal's <N> priority and no time of their own.
void open_log(const std::string& program, const std::string& level);

template <typename... Args>
void log_debug(spdlog::format_string_t<Args...> f, Args&&... a) {
  spdlog::debug(f, std::forward<Args>(a)...);
}
template <typename... Args>
void log_info(spdlog::format_string_t<Args...> f, Args&&... a) {
  spdlog::info(f, std::forward<Args>(a)...);
}
template <typename... Args>
void log_warning(spdlog::format_string_t<Args...> f, Args&&... a) {
  spdlog::warn(f, std::forward<Args>(a)...);
}
template <typename... Args>
void log_error(spdlog::format_string_t<Args...> f, Args&&... a) {
  spdlog::error(f, std::forward<Args>(a)...);
}

}  // namespace spoor
