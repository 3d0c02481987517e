// A replay as sealed frames in a folder that is a spool (agent/spool/spool.h): a new epoch of its
// streams for each boot, to be shipped or read like any other. Nobody waits for these frames, so
// they are closed by size alone.
//
// Whole or not at all: frames are written into FOLDER.sealing, beside what FOLDER holds already
// (its files by hard links), which takes FOLDER's place at the end in one step. What a failure
// leaves is removed, what a kill leaves is by the next replay into that folder.
// FOLDER/replayed-host says whose frames these are: a stream is one host's.
//
// Owns the locks of both folders while it lives. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "agent/encode/encoder.h"
#include "agent/replay_output.h"
#include "agent/spool/spool.h"

namespace spoor::agent {

// Where a writer of this spool goes on.
WriterPlace place_of(const Spool& spool);

class SealedFolder final : public ReplayOutput {
 public:
  // `denied` when somebody else writes there now, `invalid` when no replay has made what is there.
  static Result<std::unique_ptr<SealedFolder>> open(Files& files, const Clock& clock,
                                                    std::string folder);
  ~SealedFolder() override;
  SealedFolder(const SealedFolder&) = delete;
  SealedFolder& operator=(const SealedFolder&) = delete;

  // Facts of another host than the first one's, or the folder's, are refused (`invalid`).
  Status add(const Fact& fact, const Host& host) override;
  // What was written survives a power cut once this returns ok.
  Status finish() override;

 private:
  SealedFolder(Files& files, const Clock& clock, std::string folder, FolderLock lock);
  Status take_over();
  Status open_spool();
  Status begin(const Host& host);
  Status put_in_place();

  Files& files_;
  const Clock& clock_;
  const std::string folder_, work_;
  FolderLock lock_;
  std::optional<FolderLock> folder_lock_;
  std::optional<std::string> host_name_;  // of what the folder holds, and of what is added
  std::unique_ptr<Spool> spool_;
  Status written_;
  Id boot_id_{};
  std::unique_ptr<Encoder> encoder_;  // from the first fact of a boot on
  bool is_in_place_ = false;
};

}  // namespace spoor::agent
