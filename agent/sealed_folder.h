// A replay as sealed frames in a folder that is a spool (agent/spool/spool.h): a new epoch of its
// streams, to be shipped or read like any other. Nobody waits for these frames, so they are closed
// by size alone. Owns the folder's lock while it lives.
#pragma once

#include <memory>
#include <string>

#include "agent/encode/encoder.h"
#include "agent/replay_output.h"
#include "agent/spool/spool.h"

namespace spoor::agent {

// Where a writer of this spool goes on.
WriterPlace place_of(const Spool& spool);

class SealedFolder final : public ReplayOutput {
 public:
  // `denied` when an agent writes there now.
  static Result<std::unique_ptr<SealedFolder>> open(Files& files, const Clock& clock,
                                                    const std::string& folder);
  // One stream is one host's: facts of a second one are refused (`invalid`).
  Status add(const Fact& fact, const Host& host) override;
  // What was written survives a power cut once this returns ok.
  Status finish() override;

 private:
  explicit SealedFolder(std::unique_ptr<Spool> spool) : spool_(std::move(spool)) {}

  std::unique_ptr<Spool> spool_;
  Status written_;
  std::string host_name_;
  std::unique_ptr<Encoder> encoder_;  // from the first fact on
};

}  // namespace spoor::agent
