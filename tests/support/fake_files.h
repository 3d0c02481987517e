// A disk in memory that forgets what was not synced, fills up, and fails on demand. It keeps two
// pictures: what programs see, and what would be there after a power cut.
//
//  - File content becomes durable by File::sync(); a file's name (creation, rename, removal) by
//    Files::sync_folder() of its folder. Folders themselves are durable at once.
//  - crash() goes back to the durable picture. Of what was appended after the last sync a part of
//    seeded length stays, as a torn write leaves it. Files that were open fail from then on.
//  - A sync that fails on demand has dropped what it should have written, as on Linux: programs go
//    on seeing it, the next sync says ok without it, and after a crash zeros are in its place.
//  - It can lie (lie()), to show that a check would notice: a checker that no lie disturbs is none.
//
// Used by one thread. Must outlive the files it opens.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "common/files.h"

namespace spoor {

class FakeFiles final : public Files {
 public:
  enum class Operation : uint8_t {
    open, read, append, sync, truncate, list, sync_folder, rename, remove
  };

  // What a power cut leaves. The seed decides where each unsynced tail tears.
  void crash(uint64_t seed);
  // The disk takes this many more bytes; the append that passes it writes what fits, then fails
  // with `full`. nullopt: as many as you like.
  void set_free_bytes(std::optional<uint64_t> bytes) { free_bytes_ = bytes; }
  bool is_bounded() const { return free_bytes_.has_value(); }
  // The next `times` calls of this operation fail with `status` and do nothing else.
  void fail_next(Operation operation, Status status, int times = 1);
  // What was ordered so and did not happen yet will not.
  void forget_failures() { failures_.clear(); }

  // The power fails at the `operations`-th change from now on: that one and all after it do nothing
  // and fail, until crash(). 0: never.
  void fail_power_after(uint64_t operations) { operations_left_ = operations; }
  bool is_without_power() const { return is_without_power_; }
  // Each sync takes this long, which take_spent_ns() gives to whoever owns the time.
  void set_sync_ns(int64_t ns) { sync_ns_ = ns; }
  int64_t take_spent_ns() { return std::exchange(spent_ns_, 0); }
  // Within what was not synced, a crash may leave zeros in the middle: pages reach a disk in any
  // order.
  void set_torn_pages(bool torn) { has_torn_pages_ = torn; }
  // sync(): says ok and does nothing. rename: is undone by a crash, whatever is synced.
  enum class Lie : uint8_t { none, sync, rename };
  void lie(Lie lie) { lie_ = lie; }
  // The disk never again gives what stands there behind that many bytes, whatever its name.
  void spoil(const std::string& path, uint64_t good);
  // One bit of a file that is there turns round, for good.
  void flip_bit(const std::string& path, uint64_t offset, unsigned bit);
  // What a power cut would leave, but for torn tails; and a disk put back to it, as from a backup.
  using Picture = std::map<std::string, std::string>;
  Picture picture() const;
  void restore(const Picture& picture);
  // All that programs see there, and what a power cut would leave of it, as a machine that is
  // copied while it runs takes it along. None of the failures that were ordered.
  void become_copy_of(const FakeFiles& other);
  // Every file, in order.
  std::vector<std::string> paths() const;
  // All calls of it but the next `calls`, until fail_next() or a crash.
  void fail_after(Operation operation, int calls, Status status);

  // A test's own hand on the bytes, past all failures. `content` is empty for a missing file.
  std::string content(const std::string& path) const;
  bool exists(const std::string& path) const { return names_.contains(path); }
  // Replaces the file, durably, and makes its folder.
  void put(const std::string& path, std::string content);
  // Calls of sync() that succeeded.
  int syncs() const { return syncs_; }
  // Hears, as from inotify(7), that a program made or renamed that file (`is_new`), or that its
  // content changed.
  std::function<void(const std::string& path, bool is_new)> on_change =
      [](const std::string&, bool) {};

  Result<std::unique_ptr<File>> open_read(const std::string& path) override;
  Result<std::unique_ptr<File>> open_append(const std::string& path) override;
  Result<std::vector<std::string>> list(const std::string& folder) override;
  Status make_folder(const std::string& folder) override;
  Status sync_folder(const std::string& folder) override;
  Status rename(const std::string& from, const std::string& to) override;
  Status remove(const std::string& path) override;

 private:
  class OpenFile;
  struct Inode {
    std::string content;
    size_t durable_size = 0;             // of `content`, from its start...
    std::optional<std::string> durable;  // ...unless it was cut since: then this
    uint64_t good = UINT64_MAX;  // what the disk gives
    std::string dropped;  // what syncs leave at the start of the file, after one that failed
    std::string_view on_disk() const;
    void sync();
    void fail_sync();
    void truncate(size_t size);
  };
  using Names = std::map<std::string, std::shared_ptr<Inode>>;
  struct Failure {
    Status status;
    int times = 0;
    int calls_before = 0;
  };

  // The failure that was ordered for this call, or ok.
  Status ordered_failure(Operation operation);
  void tear(Inode& inode, uint64_t random) const;

  Names names_;
  Names durable_names_;
  std::set<std::string> folders_ = {"/"};
  std::map<Operation, Failure> failures_;
  std::optional<uint64_t> free_bytes_;
  std::set<std::string> undone_names_;  // renamed while lying
  uint64_t operations_left_ = 0;
  bool is_without_power_ = false;
  int64_t sync_ns_ = 0;
  int64_t spent_ns_ = 0;
  bool has_torn_pages_ = false;
  Lie lie_ = Lie::none;
  int syncs_ = 0;
  uint64_t crashes_ = 0;
};

}  // namespace spoor
