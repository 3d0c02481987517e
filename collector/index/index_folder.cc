#include "collector/index/index_folder.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>

#include "common/log.h"

namespace spoor::collector {

namespace {

constexpr std::string_view kDamaged = ".damaged";
constexpr std::string_view kGone = ".gone";

std::string mark_of(const std::string& path) { return path + "/damaged"; }
std::string wish_of(const std::string& folder) { return folder + "/wanted"; }
constexpr size_t kWishBytesMax = 4096;

// N of `N` and that end; nullopt: it is none of ours.
std::optional<uint64_t> number_of(std::string_view name, std::string_view end = "") {
  uint64_t number = 0;
  if (!name.ends_with(end)) return std::nullopt;
  const char* const last = name.data() + name.size() - end.size();
  const auto [after, error] = std::from_chars(name.data(), last, number);
  if (error != std::errc() || after != last || number == 0) return std::nullopt;
  return number;
}

// Whole folders are removed past the door: it knows files only.
Status remove_folder(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  return error ? from_errno(error.value(), "remove " + path) : ok();
}

Status rename_index(Files& files, const std::string& folder, uint64_t number,
                    std::string_view end) {
  const std::string path = index_path(folder, number);
  RETURN_IF_ERROR(files.rename(path, path + std::string(end)));
  return files.sync_folder(folder);
}

}  // namespace

std::string index_path(const std::string& folder, uint64_t number) {
  return folder + "/" + std::to_string(number);
}

Result<std::vector<uint64_t>> open_index_folder(Files& files, const std::string& folder) {
  RETURN_IF_ERROR(files.make_folder(folder));
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(folder));
  std::vector<uint64_t> out;
  for (const std::string& name : names) {
    if (const auto number = number_of(name)) out.push_back(*number);
    if (number_of(name, kGone)) RETURN_IF_ERROR(remove_folder(folder + "/" + name));
  }
  std::ranges::sort(out);
  return out;
}

Status remove_index(Files& files, const std::string& folder, uint64_t number) {
  RETURN_IF_ERROR(rename_index(files, folder, number, kGone));
  return remove_folder(index_path(folder, number) + std::string(kGone));
}

Status set_index_aside(Files& files, const std::string& folder, uint64_t number) {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, files.list(folder));
  for (const std::string& name : names)
    if (number_of(name, kDamaged)) RETURN_IF_ERROR(remove_folder(folder + "/" + name));
  return rename_index(files, folder, number, kDamaged);
}

Status ask_for_index(Files& files, const std::string& folder, const std::string& by) {
  return write_file(files, wish_of(folder), by);
}

Result<std::string> read_index_wish(Files& files, const std::string& folder) {
  return read_file(files, wish_of(folder), kWishBytesMax);
}

void forget_index_wish(Files& files, const std::string& folder) {
  const Status gone = files.remove(wish_of(folder));
  if (!gone.is_ok()) log_warning("index: {}; it is made anew once more", gone.message());
}

void mark_index_damaged(Files& files, const std::string& path) {
  const Status marked = write_file(files, mark_of(path), "");
  log_error("index {}: its catalogue is damaged{}{}", path, marked.is_ok() ? "" : "; ",
            marked.message());
}

Status check_index_mark(Files& files, const std::string& path) {
  const auto mark = files.open_read(mark_of(path));
  if (mark.code() == Code::not_found) return ok();
  return mark.is_ok() ? corrupt("its catalogue was found damaged") : mark.status();
}

}  // namespace spoor::collector
