#include "agent/log_cursors.h"

#include "agent/correlate/blob.h"
#include "agent/limits.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr uint32_t kMagic = 0x474C5053;  // "SPLG"
constexpr uint32_t kVersion = 1;
constexpr size_t kFileBytesMax = 2 * kLogsMax * (kLogFieldBytesMax + kLogCursorBytesMax);

Result<LogCursors> decode(std::string_view blob) {
  ASSIGN_OR_RETURN(const std::string_view bytes, open_blob(kMagic, kVersion, blob));
  BlobReader from(bytes);
  LogCursors cursors;
  while (from.good() && !from.at_end()) {
    const std::string_view origin = from.string();
    cursors.emplace_back(origin, from.string());
  }
  if (!from.good() || cursors.size() > kLogsMax) return corrupt("places that make no sense");
  return cursors;
}

}  // namespace

std::string encode_log_cursors(const LogCursors& cursors) {
  std::string bytes;
  for (const auto& [origin, cursor] : cursors) {
    append_string(bytes, origin);
    append_string(bytes, cursor);
  }
  return seal_blob(kMagic, kVersion, bytes);
}

LogCursors read_log_cursors(Files& files, const std::string& path) {
  const auto blob = read_file(files, path, kFileBytesMax);
  if (blob.code() == Code::not_found) return {};
  auto cursors = blob.is_ok() ? decode(*blob) : Result<LogCursors>(blob.status());
  if (cursors.is_ok()) return std::move(cursors).value();
  log_warning("{}: {}; logs are read from now on", path, cursors.status().message());
  return {};
}

}  // namespace spoor::agent
