#include "tests/support/fake_files.h"

#include <algorithm>
#include <limits>
#include <random>

namespace spoor {
namespace {

std::string folder_of(const std::string& path) {
  const size_t slash = path.rfind('/');
  CHECK(slash != std::string::npos);
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace

class FakeFiles::OpenFile final : public File {
 public:
  OpenFile(FakeFiles& disk, std::shared_ptr<Inode> inode, std::string path, bool writable)
      : disk_(disk),
        inode_(std::move(inode)),
        path_(std::move(path)),
        writable_(writable),
        crashes_(disk.crashes_) {}

  Status read_at(uint64_t offset, size_t size, std::string& out) override {
    RETURN_IF_ERROR(usable(Operation::read));
    const uint64_t end = std::min<uint64_t>(offset + size, inode_->content.size());
    if (end > inode_->good) return unavailable("input/output error");
    out = offset < inode_->content.size() ? inode_->content.substr(offset, size) : "";
    return ok();
  }

  Status append(std::string_view bytes) override {
    CHECK(writable_);
    RETURN_IF_ERROR(usable(Operation::append));
    std::optional<uint64_t>& free = disk_.free_bytes_;
    const size_t fits = std::min<uint64_t>(bytes.size(), free.value_or(bytes.size()));
    inode_->content += bytes.substr(0, fits);
    if (free.has_value()) *free -= fits;
    disk_.on_change(path_, false);
    return fits == bytes.size() ? ok() : full("the fake disk is full");
  }

  Status sync() override {
    if (Status status = usable(Operation::sync); !status.is_ok()) {
      if (crashes_ == disk_.crashes_ && !disk_.is_without_power_) inode_->fail_sync();
      return status;
    }
    disk_.spent_ns_ += disk_.sync_ns_;
    ++disk_.syncs_;
    if (disk_.lie_ != Lie::sync) inode_->sync();
    return ok();
  }

  Status truncate(uint64_t size) override {
    CHECK(writable_);
    RETURN_IF_ERROR(usable(Operation::truncate));
    const uint64_t before = inode_->content.size();
    if (disk_.free_bytes_.has_value() && size < before) *disk_.free_bytes_ += before - size;
    inode_->truncate(size);
    disk_.on_change(path_, false);
    return ok();
  }

  Result<uint64_t> size() override {
    if (crashes_ != disk_.crashes_) return unavailable("opened before the crash");
    return static_cast<uint64_t>(inode_->content.size());
  }

 private:
  Status usable(Operation operation) {
    if (crashes_ != disk_.crashes_) return unavailable("opened before the crash");
    return disk_.ordered_failure(operation);
  }

  FakeFiles& disk_;
  std::shared_ptr<Inode> inode_;
  std::string path_;
  bool writable_;
  uint64_t crashes_;
};

std::string_view FakeFiles::Inode::on_disk() const {
  return durable ? std::string_view(*durable) : std::string_view(content).substr(0, durable_size);
}

void FakeFiles::Inode::sync() {
  durable_size = content.size();
  durable.reset();
  if (!dropped.empty()) durable = dropped + content.substr(dropped.size());
}

void FakeFiles::Inode::fail_sync() {
  if (durable && dropped.empty()) return;  // a cut is not forgotten
  std::string left(on_disk());
  if (left.size() >= content.size()) return;
  left.resize(content.size(), '\0');
  dropped = std::move(left);
}

void FakeFiles::Inode::truncate(size_t size) {
  if (size < durable_size && !durable) durable = on_disk();
  content.resize(size);
  if (size < dropped.size()) dropped.resize(size);
  if (content.starts_with(dropped)) dropped.clear();
}

Status FakeFiles::ordered_failure(Operation operation) {
  const bool is_look = operation == Operation::open || operation == Operation::read ||
                       operation == Operation::list;
  if (!is_look && operations_left_ > 0 && --operations_left_ == 0) is_without_power_ = true;
  if (is_without_power_) return unavailable("the power failed");
  const auto found = failures_.find(operation);
  if (found == failures_.end() || found->second.times == 0) return ok();
  if (found->second.calls_before > 0) {
    --found->second.calls_before;
    return ok();
  }
  --found->second.times;
  return found->second.status;
}

void FakeFiles::fail_next(Operation operation, Status status, int times) {
  failures_[operation] = {std::move(status), times, 0};
}

void FakeFiles::fail_after(Operation operation, int calls, Status status) {
  failures_[operation] = {std::move(status), std::numeric_limits<int>::max(), calls};
}

void FakeFiles::spoil(const std::string& path, uint64_t good) { names_.at(path)->good = good; }

void FakeFiles::crash(uint64_t seed) {
  std::mt19937_64 random(seed);
  names_ = durable_names_;
  for (auto& [path, inode] : names_) tear(*inode, random());
  failures_.clear();
  undone_names_.clear();
  operations_left_ = 0;
  is_without_power_ = false;
  ++crashes_;
}

void FakeFiles::tear(Inode& inode, uint64_t random) const {
  const size_t durable_size = inode.on_disk().size();
  if (!std::string_view(inode.content).starts_with(inode.on_disk())) {
    inode.content = inode.on_disk();
  } else {
    inode.content.resize(durable_size + random % (inode.content.size() - durable_size + 1));
    const size_t torn = inode.content.size() - durable_size;
    if (has_torn_pages_ && torn > 0 && random >> 62 == 0) {
      const size_t begin = (random >> 20) % torn;
      const size_t size = std::min<size_t>((random >> 40) % 4096, torn - begin);
      std::fill_n(inode.content.begin() + static_cast<ptrdiff_t>(durable_size + begin), size, '\0');
    }
  }
  inode.dropped.clear();
  inode.sync();
}

void FakeFiles::flip_bit(const std::string& path, uint64_t offset, unsigned bit) {
  Inode& inode = *names_.at(path);
  const auto flipped = [bit](char c) { return static_cast<char>(c ^ (1 << (bit % 8))); };
  if (offset < inode.content.size()) inode.content[offset] = flipped(inode.content[offset]);
  if (inode.durable && offset < inode.durable->size())
    (*inode.durable)[offset] = flipped((*inode.durable)[offset]);
}

void FakeFiles::become_copy_of(const FakeFiles& other) {
  std::map<const Inode*, std::shared_ptr<Inode>> copies;  // one file may have two names
  const auto copy = [&copies](const Names& from) {
    Names to;
    for (const auto& [path, inode] : from) {
      std::shared_ptr<Inode>& there = copies[inode.get()];
      if (!there) there = std::make_shared<Inode>(*inode);
      to[path] = there;
    }
    return to;
  };
  names_ = copy(other.names_);
  durable_names_ = copy(other.durable_names_);
  folders_ = other.folders_;
  free_bytes_.reset();
  failures_.clear();
  ++crashes_;  // who had a file of before open
}

FakeFiles::Picture FakeFiles::picture() const {
  Picture picture;
  for (const auto& [path, inode] : durable_names_) picture[path] = inode->on_disk();
  return picture;
}

void FakeFiles::restore(const Picture& picture) {
  crash(0);
  names_.clear();
  durable_names_.clear();
  for (const auto& [path, content] : picture) put(path, content);
}

std::vector<std::string> FakeFiles::paths() const {
  std::vector<std::string> all;
  for (const auto& [path, inode] : names_) all.push_back(path);
  return all;
}

std::string FakeFiles::content(const std::string& path) const {
  const auto found = names_.find(path);
  return found == names_.end() ? "" : found->second->content;
}

void FakeFiles::put(const std::string& path, std::string content) {
  CHECK(make_folder(folder_of(path)).is_ok());
  auto inode = std::make_shared<Inode>();
  inode->content = std::move(content);
  inode->sync();
  names_[path] = durable_names_[path] = std::move(inode);
}

Result<std::unique_ptr<File>> FakeFiles::open_read(const std::string& path) {
  RETURN_IF_ERROR(ordered_failure(Operation::open));
  const auto found = names_.find(path);
  if (found == names_.end()) return not_found("no such file: " + path);
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, found->second, path, false));
}

Result<std::unique_ptr<File>> FakeFiles::open_append(const std::string& path) {
  RETURN_IF_ERROR(ordered_failure(Operation::open));
  if (!folders_.contains(folder_of(path))) return not_found("no such folder: " + folder_of(path));
  std::shared_ptr<Inode>& inode = names_[path];
  if (inode == nullptr) {
    inode = std::make_shared<Inode>();
    on_change(path, true);
  }
  return std::unique_ptr<File>(std::make_unique<OpenFile>(*this, inode, path, true));
}

Result<std::vector<std::string>> FakeFiles::list(const std::string& folder) {
  RETURN_IF_ERROR(ordered_failure(Operation::list));
  if (!folders_.contains(folder)) return not_found("no such folder: " + folder);
  std::vector<std::string> names;
  const auto add = [&](const std::string& path) {
    if (path != "/" && folder_of(path) == folder) names.push_back(path.substr(path.rfind('/') + 1));
  };
  for (const auto& [path, inode] : names_) add(path);
  for (const std::string& path : folders_) add(path);
  std::sort(names.begin(), names.end());
  return names;
}

Status FakeFiles::make_folder(const std::string& folder) {
  for (std::string at = folder; at != "/"; at = folder_of(at)) folders_.insert(at);
  return ok();
}

Status FakeFiles::sync_folder(const std::string& folder) {
  RETURN_IF_ERROR(ordered_failure(Operation::sync_folder));
  if (!folders_.contains(folder)) return not_found("no such folder: " + folder);
  const auto is_synced = [&](const std::string& path) {
    return folder_of(path) == folder && !undone_names_.contains(path);
  };
  std::erase_if(durable_names_, [&](const auto& name) { return is_synced(name.first); });
  for (const auto& [path, inode] : names_) {
    if (is_synced(path)) durable_names_[path] = inode;
  }
  return ok();
}

Status FakeFiles::rename(const std::string& from, const std::string& to) {
  RETURN_IF_ERROR(ordered_failure(Operation::rename));
  const auto found = names_.find(from);
  if (found == names_.end()) return not_found("no such file: " + from);
  if (!folders_.contains(folder_of(to))) return not_found("no such folder: " + folder_of(to));
  const std::shared_ptr<Inode> inode = found->second;
  names_.erase(found);
  if (const auto replaced = names_.find(to); free_bytes_.has_value() && replaced != names_.end()) {
    *free_bytes_ += replaced->second->content.size();
  }
  names_[to] = inode;
  if (lie_ == Lie::rename) undone_names_.insert({from, to});
  on_change(to, true);
  return ok();
}

Status FakeFiles::remove(const std::string& path) {
  RETURN_IF_ERROR(ordered_failure(Operation::remove));
  const auto found = names_.find(path);
  if (found == names_.end()) return not_found("no such file: " + path);
  if (free_bytes_.has_value()) *free_bytes_ += found->second->content.size();
  names_.erase(found);
  return ok();
}

}  // namespace spoor
