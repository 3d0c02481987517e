// A replay as sealed frames in a folder that is a spool (agent/spool/spool.h): a new epoch of its
// streams for each boot, to be shipped or read like any other. Nobody waits for these frames, so
// they are closed by size alone.
//
// Whole or not at all: frames are written into a folder of this run's own beside FOLDER, with what
// FOLDER holds already (its files by hard links), which takes FOLDER's place at the end in one
// step, with its owner and mode. Nothing is removed but what this run has made: what a failure
// leaves; what a kill leaves, FOLDER.sealing-XXXXXX, stays.
// FOLDER/replayed-host says whose frames these are: a stream is one host's.
//
// Owns FOLDER's lock while it lives; a FOLDER that is not there is made for it. One thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "agent/encode/encoder.h"
#include "agent/replay_output.h"
#include "agent/spool/spool.h"

namespace spoor::agent {

// Where a writer of this spool goes on.
WriterPlace place_of(const Spool& spool);

class SealedFolder final : public ReplayOutput {
 public:
  // `denied` when somebody else writes there now, `invalid` when no replay has made what is there.
  // A symbolic link is followed, and stays.
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
  SealedFolder(Files& files, const Clock& clock, std::string folder)
      : files_(files), clock_(clock), folder_(std::move(folder)) {}
  Status lock_folder();
  Status make_work();
  Status take_over();
  Status open_spool();
  Status begin(const Host& host);
  Status put_in_place();

  Files& files_;
  const Clock& clock_;
  const std::string folder_;
  std::string work_;  // empty until it is made
  std::optional<FolderLock> lock_;
  std::vector<std::string> held_;  // by the folder at the start: a folder before what is in it
  std::optional<std::string> host_name_;  // of what the folder holds, and of what is added
  std::unique_ptr<Spool> spool_;
  Status written_;
  Id boot_id_{};
  std::unique_ptr<Encoder> encoder_;  // from the first fact of a boot on
  bool made_folder_ = false, is_in_place_ = false;
};

}  // namespace spoor::agent
