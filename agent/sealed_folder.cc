#include "agent/sealed_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
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

Status no_replay_made(const std::string& folder) {
  return invalid(visible(folder) +
                 " holds something that no replay has sealed: choose another folder");
}

// Names below the folder, the lock's as well. `invalid` where they are not all files and folders.
Result<std::vector<std::string>> names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error;
  fs::recursive_directory_iterator entry(folder, error);
  for (; !error && entry != fs::end(entry); entry.increment(error)) {
    const fs::file_type type = entry->symlink_status(error).type();
    if (error) break;
    if (type != fs::file_type::directory && type != fs::file_type::regular) {
      return no_replay_made(folder);
    }
    names.push_back(entry->path().lexically_relative(folder));
  }
  RETURN_IF_ERROR(failed(error, "looking through " + visible(folder)));
  return names;
}

bool is_empty(const std::vector<std::string>& names) {
  return names.empty() || (names.size() == 1 && names[0] == kLockFile);
}

// As far as we may: whoever has no privilege keeps no owner but himself.
Status give_owner_and_mode(const std::string& from, const std::string& to) {
  struct stat wanted {};
  if (stat(from.c_str(), &wanted) != 0) return from_errno(errno, visible(from));
  constexpr uid_t kSame = static_cast<uid_t>(-1);
  if (chown(to.c_str(), wanted.st_uid, wanted.st_gid) != 0 &&
      chown(to.c_str(), kSame, wanted.st_gid) != 0 && errno != EPERM) {
    return from_errno(errno, "giving " + visible(to) + " its owner");
  }
  if (chmod(to.c_str(), wanted.st_mode & 07777) == 0) return ok();
  return from_errno(errno, "giving " + visible(to) + " its mode");
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

SealedFolder::~SealedFolder() {
  if (is_in_place_) return;
  encoder_.reset();
  spool_.reset();
  std::error_code ignored;
  if (!work_.empty()) fs::remove_all(work_, ignored);
  if (lock_ && is_empty(held_)) fs::remove(folder_ + "/" + kLockFile, ignored);
  if (made_folder_) fs::remove(folder_, ignored);  // if nobody has put anything into it
}

Result<std::unique_ptr<SealedFolder>> SealedFolder::open(Files& files, const Clock& clock,
                                                         std::string folder) {
  std::error_code error;
  fs::path real = fs::absolute(folder, error);
  if (!error) real = fs::weakly_canonical(real, error);
  RETURN_IF_ERROR(failed(error, visible(folder)));
  folder = real;
  while (folder.size() > 1 && folder.back() == '/') folder.pop_back();
  std::unique_ptr<SealedFolder> sealed(new SealedFolder(files, clock, std::move(folder)));
  RETURN_IF_ERROR(sealed->lock_folder());
  RETURN_IF_ERROR(sealed->make_work());
  RETURN_IF_ERROR(sealed->take_over());
  return sealed;
}

Status SealedFolder::lock_folder() {
  const auto is_replays = [this](const std::vector<std::string>& names) {
    return is_empty(names) || files_.open_read(folder_ + kHostFile).is_ok();
  };
  std::error_code error;
  if (fs::exists(folder_, error)) {
    ASSIGN_OR_RETURN(const auto names, files_.list(folder_));
    if (!is_replays(names)) return no_replay_made(folder_);
  } else {
    RETURN_IF_ERROR(files_.make_folder(folder_));
    made_folder_ = true;
  }
  ASSIGN_OR_RETURN(lock_, FolderLock::take(folder_));
  ASSIGN_OR_RETURN(held_, names_in(folder_));  // from now on nobody else's replay changes it
  return is_replays(held_) ? ok() : no_replay_made(folder_);
}

// Beside the folder, whose place it takes once it is whole.
Status SealedFolder::make_work() {
  std::string name = folder_ + ".sealing-XXXXXX";
  if (mkdtemp(name.data()) == nullptr) {
    return from_errno(errno, visible(folder_) + " needs a parent folder that you may write to");
  }
  work_ = std::move(name);
  struct stat folder {};
  struct stat work {};
  if (stat(folder_.c_str(), &folder) != 0 || stat(work_.c_str(), &work) != 0) {
    return from_errno(errno, visible(folder_));
  }
  if (folder.st_dev == work.st_dev) return ok();
  return invalid(visible(folder_) + " is where a file system is mounted: choose a folder in it");
}

// What the folder holds already. Files of a spool are never changed once they are written: their
// old names and their new ones can be of the same file.
Status SealedFolder::take_over() {
  if (is_empty(held_)) return ok();
  ASSIGN_OR_RETURN(const std::string host, read_file(files_, folder_ + kHostFile, kHostBytesMax));
  host_name_ = host.substr(0, host.find('\n'));
  for (const std::string& name : held_) {
    if (name == kLockFile) continue;
    const std::string from = folder_ + "/" + name, to = work_ + "/" + name;
    std::error_code error;
    if (!fs::is_directory(from, error)) {
      fs::create_hard_link(from, to, error);
    } else if (fs::create_directory(to, error)) {
      RETURN_IF_ERROR(give_owner_and_mode(from, to));
    }
    RETURN_IF_ERROR(failed(error, "linking " + visible(from)));
  }
  return ok();
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
  RETURN_IF_ERROR(give_owner_and_mode(folder_, work_));
  // One of both is there at any time. Not every file system can exchange, but each can put a folder
  // in the place of an empty one.
  const bool exchanged = !is_empty(held_);
  std::error_code ignored, error;
  if (!exchanged) fs::remove(folder_ + "/" + kLockFile, ignored);
  const unsigned how = exchanged ? RENAME_EXCHANGE : 0;
  if (renameat2(AT_FDCWD, work_.c_str(), AT_FDCWD, folder_.c_str(), how) != 0) {
    return from_errno(errno, "putting what is sealed in the place of " + visible(folder_));
  }
  is_in_place_ = true;
  if (exchanged) {  // what was linked has its names in the new folder, too
    for (auto name = held_.rbegin(); name != held_.rend(); ++name) {
      fs::remove(work_ + "/" + *name, ignored);
    }
    fs::remove(work_, error);
  }
  RETURN_IF_ERROR(files_.sync_folder(fs::path(folder_).parent_path()));
  return failed(error, "all is sealed, but what came into the old folder meanwhile lies in " +
                           visible(work_));
}

}  // namespace spoor::agent
