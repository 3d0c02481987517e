#include "collector/index/index_folder.h"

#include <charconv>
#include <filesystem>

#include "common/log.h"

namespace spoor::collector {

namespace {

std::string mark_of(const std::string& folder) { return folder + "/damaged"; }

}  // namespace

void mark_index_damaged(Files& files, const std::string& folder) {
  const Status marked = write_file(files, mark_of(folder), "");
  log_error("index: its catalogue is damaged; {}",
            marked.is_ok() ? "the next start makes it anew from the log" : marked.message());
}

Status check_index_mark(Files& files, const std::string& folder) {
  const auto mark = files.open_read(mark_of(folder));
  if (mark.code() == Code::not_found) return ok();
  return mark.is_ok() ? corrupt("its catalogue was found damaged") : mark.status();
}

// Whole folders are removed past the door: it knows files only.
Result<std::string> set_index_aside(Files& files, const std::string& folder) {
  const size_t slash = folder.rfind('/');
  const std::string parent = slash == 0 ? "/" : folder.substr(0, slash);
  const std::string begin = folder.substr(slash + 1) + ".damaged-";
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(parent));
  uint64_t last = 0;
  for (const std::string& name : names) {
    uint64_t number = 0;
    const char* const end = name.data() + name.size();
    if (!name.starts_with(begin)) continue;
    if (std::from_chars(name.data() + begin.size(), end, number).ptr != end) continue;
    last = std::max(last, number);
    std::error_code error;
    std::filesystem::remove_all(std::filesystem::path(parent) / name, error);
    if (error) return from_errno(error.value(), "remove " + name);
  }
  const std::string aside = folder + ".damaged-" + std::to_string(last + 1);
  RETURN_IF_ERROR(files.rename(folder, aside));
  RETURN_IF_ERROR(files.sync_folder(parent));
  return aside;
}

}  // namespace spoor::collector
