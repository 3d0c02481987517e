#include "common/files.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>

#include "common/unique_fd.h"

namespace spoor {
namespace {

class PosixFile final : public File {
 public:
  PosixFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  Status read_at(uint64_t offset, size_t size, std::string& out) override {
    out.resize(size);
    size_t done = 0;
    while (done < size) {
      const ssize_t n =
          ::pread(fd_.get(), out.data() + done, size - done, static_cast<off_t>(offset + done));
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("read");
      if (n == 0) break;
      done += static_cast<size_t>(n);
    }
    out.resize(done);
    return ok();
  }

  Status append(std::string_view bytes) override {
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return failed("write");
      bytes.remove_prefix(static_cast<size_t>(n));
    }
    return ok();
  }

  Status sync() override { return ::fdatasync(fd_.get()) == 0 ? ok() : failed("sync"); }

  Status truncate(uint64_t size) override {
    return ::ftruncate(fd_.get(), static_cast<off_t>(size)) == 0 ? ok() : failed("truncate");
  }

  Status allocate(uint64_t size) override {
    const int error = ::posix_fallocate(fd_.get(), 0, static_cast<off_t>(size));
    return error == 0 ? ok() : from_errno(error, "allocate " + path_);
  }

  Result<uint64_t> size() override {
    struct stat st {};
    if (::fstat(fd_.get(), &st) != 0) return failed("stat");
    return static_cast<uint64_t>(st.st_size);
  }

 private:
  Status failed(const char* what) const { return from_errno(errno, what + (" " + path_)); }

  std::string path_;
  UniqueFd fd_;
};

// O_NONBLOCK so that a FIFO put in a file's place cannot hold us up; only a regular file will do.
Result<std::unique_ptr<File>> open_file(const std::string& path, int flags,
                                        mode_t mode = 0640) {
  UniqueFd fd(::open(path.c_str(), flags | O_CLOEXEC | O_NONBLOCK, mode));
  if (!fd.is_open()) return from_errno(errno, "open " + path);
  struct stat st {};
  if (::fstat(fd.get(), &st) != 0) return from_errno(errno, "stat " + path);
  if (!S_ISREG(st.st_mode)) return denied("open " + path + ": not a regular file");
  return std::unique_ptr<File>(std::make_unique<PosixFile>(path, std::move(fd)));
}

Status make_one_folder(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0750) == 0) return ok();
  const int error = errno;
  struct stat st {};
  if (error == EEXIST && ::stat(folder.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) return ok();
  return from_errno(error, "make folder " + folder);
}

using OpenForWriting = Result<std::unique_ptr<File>> (Files::*)(const std::string&);

Status replace_file(Files& files, const std::string& path, std::string_view content,
                    OpenForWriting open) {
  const std::string temporary = path + ".tmp";
  {
    ASSIGN_OR_RETURN(const std::unique_ptr<File> file, (files.*open)(temporary));
    RETURN_IF_ERROR(file->truncate(0));  // a crash may have left one
    RETURN_IF_ERROR(file->append(content));
    RETURN_IF_ERROR(file->sync());
  }
  RETURN_IF_ERROR(files.rename(temporary, path));
  const size_t slash = path.rfind('/');
  return files.sync_folder(slash == 0 ? "/" : path.substr(0, slash));
}

}  // namespace

Status File::allocate(uint64_t size_wanted) {
  constexpr uint64_t kPiece = 1u << 20;
  ASSIGN_OR_RETURN(uint64_t there, size());
  for (; there < size_wanted; there = there + kPiece)
    RETURN_IF_ERROR(append(std::string(std::min(kPiece, size_wanted - there), '\0')));
  return ok();
}

Result<std::unique_ptr<File>> PosixFiles::open_read(const std::string& path) {
  return open_file(path, O_RDONLY);
}

Result<std::unique_ptr<File>> PosixFiles::open_append(const std::string& path) {
  return open_file(path, O_RDWR | O_APPEND | O_CREAT);
}

Result<std::unique_ptr<File>> PosixFiles::open_secret(const std::string& path) {
  return open_file(path, O_RDWR | O_APPEND | O_CREAT, 0600);
}

Result<std::vector<std::string>> PosixFiles::list(const std::string& folder) {
  DIR* dir = ::opendir(folder.c_str());
  if (dir == nullptr) return from_errno(errno, "list " + folder);
  std::vector<std::string> names;
  int error = 0;
  while (true) {
    errno = 0;  // readdir(3): the only way to tell the end from a failure
    const dirent* entry = ::readdir(dir);
    if (entry == nullptr) {
      error = errno;
      break;
    }
    const std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(name);
  }
  ::closedir(dir);
  if (error != 0) return from_errno(error, "list " + folder);
  std::sort(names.begin(), names.end());
  return names;
}

Status PosixFiles::make_folder(const std::string& folder) {
  size_t end = 0;
  while ((end = folder.find('/', end + 1)) != std::string::npos) {
    RETURN_IF_ERROR(make_one_folder(folder.substr(0, end)));
  }
  return make_one_folder(folder);
}

Status PosixFiles::sync_folder(const std::string& folder) {
  const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.is_open()) return from_errno(errno, "open folder " + folder);
  return ::fsync(fd.get()) == 0 ? ok() : from_errno(errno, "sync folder " + folder);
}

Status PosixFiles::rename(const std::string& from, const std::string& to) {
  return std::rename(from.c_str(), to.c_str()) == 0 ? ok() : from_errno(errno, "rename " + from);
}

Status PosixFiles::remove(const std::string& path) {
  return ::unlink(path.c_str()) == 0 ? ok() : from_errno(errno, "remove " + path);
}

Result<std::string> read_file(Files& files, const std::string& path, size_t size_max) {
  ASSIGN_OR_RETURN(const auto file, files.open_read(path));
  // Read to the end whatever size() says: files of /proc have none.
  constexpr size_t kPiece = 64u << 10;
  std::string content, piece;
  do {
    RETURN_IF_ERROR(file->read_at(content.size(), kPiece, piece));
    content += piece;
    if (content.size() > size_max) {
      return full("read " + path + ": more than " + std::to_string(size_max) + " bytes");
    }
  } while (piece.size() == kPiece);
  return content;
}

Status write_file(Files& files, const std::string& path, std::string_view content) {
  return replace_file(files, path, content, &Files::open_append);
}

Status write_secret_file(Files& files, const std::string& path, std::string_view content) {
  // One that a crash left may be readable by others.
  const Status removed = files.remove(path + ".tmp");
  if (!removed.is_ok() && removed.code() != Code::not_found) return removed;
  return replace_file(files, path, content, &Files::open_secret);
}

}  // namespace spoor
