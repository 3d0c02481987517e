#include "agent/sealed_folder.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <limits>
#include <utility>

#include "common/folder_lock.h"
#include "common/quoting.h"

namespace spoor::agent {
namespace {

namespace fs = std::filesystem;

constexpr char kHostFile[] = "/replayed-host";
constexpr char kLockFile[] = "lock";
constexpr size_t kHostBytesMax = 4096;

Status failed(const std::error_code& error, const std::string& what) {
  return error ? from_errno(error.value(), what) : ok();
}

// All but the lock, which is held.
Status empty_out(const std::string& folder) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().filename() == kLockFile) continue;
    fs::remove_all(entry.path(), error);
    if (error) break;
  }
  return failed(error, "clearing " + folder);
}

// Files of a spool are never changed once they are written: their old names and their new ones can
// be of the same file.
Status link_all(const fs::path& from, const fs::path& to) {
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(from, error)) {
    const fs::path there = to / entry.path().lexically_relative(from);
    if (entry.is_directory(error)) fs::create_directory(there, error);
    else if (entry.path().filename() != kLockFile) fs::create_hard_link(entry.path(), there, error);
    if (error) break;
  }
  return failed(error, "linking the frames of " + from.string());
}

std::string named(const std::string& host) {
  return host.empty() ? "no named host" : visible(host);
}

}  // namespace

WriterPlace place_of(const Spool& spool) {
  WriterPlace place{spool.epoch(), spool.nonce(), {}};
  for (size_t i = 0; i < kEventClasses; ++i) {
    const Spool::Stream& stream = spool.stream(static_cast<EventClass>(i + 1));
    place.streams[i] = {stream.id, stream.head};
  }
  return place;
}

SealedFolder::SealedFolder(Files& files, const Clock& clock, std::string folder, FolderLock lock)
    : files_(files),
      clock_(clock),
      folder_(std::move(folder)),
      work_(folder_ + ".sealing"),
      lock_(std::move(lock)) {}

SealedFolder::~SealedFolder() {
  if (is_in_place_) return;
  encoder_.reset();
  spool_.reset();
  std::error_code ignored;  // the next replay tries again
  fs::remove_all(work_, ignored);
}

Result<std::unique_ptr<SealedFolder>> SealedFolder::open(Files& files, const Clock& clock,
                                                         std::string folder) {
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  const std::string work = folder + ".sealing";
  // Put together beside the folder, whose place it takes once it is whole.
  if (const Status made = files.make_folder(work); !made.is_ok()) {
    return made.with_context(folder + " needs a parent folder that you may write to");
  }
  ASSIGN_OR_RETURN(FolderLock lock, FolderLock::take(work));
  RETURN_IF_ERROR(empty_out(work));
  std::unique_ptr<SealedFolder> sealed(
      new SealedFolder(files, clock, std::move(folder), std::move(lock)));
  RETURN_IF_ERROR(sealed->take_over());
  return sealed;
}

// What the folder holds already.
Status SealedFolder::take_over() {
  std::error_code error;
  if (!fs::exists(folder_, error) || fs::is_empty(folder_, error)) {
    return ok();
  }
  const auto host = read_file(files_, folder_ + kHostFile, kHostBytesMax);
  if (!host.is_ok()) {
    return invalid(folder_ + " holds something that no replay has sealed: choose another folder");
  }
  ASSIGN_OR_RETURN(folder_lock_, FolderLock::take(folder_));
  host_name_ = host->substr(0, host->find('\n'));
  return link_all(folder_, work_);
}

Status SealedFolder::open_spool() {
  spool_.reset();
  SpoolConfig config;
  config.folder = work_;
  config.bytes_max = std::numeric_limits<uint64_t>::max();  // whoever replays wants all of it
  ASSIGN_OR_RETURN(spool_, Spool::open(files_, clock_, config));
  return ok();
}

// `order` starts anew in each boot, and so must the epoch.
Status SealedFolder::begin(const Host& host) {
  if (encoder_ != nullptr) encoder_->flush();
  encoder_.reset();
  RETURN_IF_ERROR(written_);
  if (spool_ != nullptr) RETURN_IF_ERROR(spool_->sync(true));
  RETURN_IF_ERROR(open_spool());
  boot_id_ = host.boot_id;
  encoder_ = std::make_unique<Encoder>(host, place_of(*spool_), [this](EncodedFrame&& encoded) {
    if (written_.is_ok()) written_ = spool_->append(encoded.frame);
  });
  return ok();
}

Status SealedFolder::add(const Fact& fact, const Host& host) {
  if (!host_name_) host_name_ = host.name;
  if (host.name != *host_name_) {
    return invalid("frames of " + named(*host_name_) + " and of " + named(host.name) +
                   " do not go into one folder: choose a host with --node, and a folder for each");
  }
  if (encoder_ == nullptr || host.boot_id != boot_id_) RETURN_IF_ERROR(begin(host));
  encoder_->add(fact, fact.read);
  return written_;
}

Status SealedFolder::finish() {
  if (spool_ == nullptr) RETURN_IF_ERROR(open_spool());
  if (encoder_ != nullptr) encoder_->flush();
  RETURN_IF_ERROR(written_);
  RETURN_IF_ERROR(spool_->sync(true));
  spool_.reset();
  RETURN_IF_ERROR(write_file(files_, work_ + kHostFile, host_name_.value_or("") + "\n"));
  return put_in_place();
}

Status SealedFolder::put_in_place() {
  // One of both is there at any time.
  const bool exchanged = folder_lock_.has_value();
  const unsigned how = exchanged ? RENAME_EXCHANGE : 0;
  if (renameat2(AT_FDCWD, work_.c_str(), AT_FDCWD, folder_.c_str(), how) != 0) {
    return from_errno(errno, "putting " + work_ + " in the place of " + folder_);
  }
  is_in_place_ = true;
  if (exchanged) {
    std::error_code ignored;  // its files have their names in the folder, too
    fs::remove_all(work_, ignored);
  }
  const std::string parent = fs::path(folder_).parent_path();
  return files_.sync_folder(parent.empty() ? "." : parent);
}

}  // namespace spoor::agent
