// The composition root of spoor-agent: makes the stages, joins them, gives each its thread.
//
//   capture thread: sockets ─ decode ─ correlate ─ encode ─► queue ─► spool thread
//                     ▲ names, log lines                                ▲ commit notes
//                   lookup thread                                     uplink
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "agent/capture.h"
#include "agent/config.h"
#include "common/result.h"

namespace spoor::agent {

class Agent {
 public:
  using End = Capture::End;

  // Takes the audit seat (or goes on with the one inherited from the image before us), loads the
  // rules, confines the process. Every failure says what to do about it.
  static Result<std::unique_ptr<Agent>> start(const std::string& config_path, const Config& config);
  ~Agent();

  // Captures until SIGTERM or SIGINT (stop), or until a SIGHUP whose configuration is good
  // (reload).
  Result<End> run();
  // After End::reload: leaves sockets and state to the new image. Returns only on failure.
  Status execute_again(char* const* arguments);

 private:
  struct Parts;
  explicit Agent(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

// For `spoor-agent check-sandbox`: gives up what a capturing agent gives up.
Status enter_sandbox(const std::string& config_path, const Config& config);

// `spoor-agent cleanup`: puts the kernel back as found. What was done, a line each.
Result<std::vector<std::string>> cleanup(const Config& config);

}  // namespace spoor::agent
