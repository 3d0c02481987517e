#include "agent/spool/spool_text.h"

#include "common/log.h"

namespace spoor::agent {

std::optional<std::string> read_spool_text(Files& files, const std::string& path,
                                           size_t size_max) {
  Result<std::string> text = read_file(files, path, size_max);
  for (int tries = 1; text.code() == Code::unavailable && tries < kReadTries; ++tries)
    text = read_file(files, path, size_max);
  if (text.is_ok()) return std::move(text).value();
  if (text.code() == Code::not_found) return std::nullopt;
  log_error("{}; the file counts as damaged", text.status().message());
  return std::string();
}

}  // namespace spoor::agent
