// Lines of PAM and sshd logs: the input is a tag, a newline and a message. The message is also put
// where a client's name and the id of its certificate stand, or somebody's folder and command: what
// sshd, PAM and sudo wrote around them must come out, or nothing.
#include "agent/decode/auth_log.h"

#include <cstdlib>
#include <functional>
#include <string>

namespace {

using spoor::agent::LogEvent;

constexpr std::string_view kAddress = "10.0.0.9";
// Of a line of sshd's that is longer, the end is missing.
constexpr size_t kSshMessageBytesMax = 500;
// A shorter one that ends with the place of an invalid user's connection ends as sshd wrote it.
constexpr size_t kSurelyWholeBytes = 300;

void expect(bool good) {
  if (!good) std::abort();
}

bool lies_in(std::string_view part, std::string_view whole) {
  return part.empty() || (!std::less<>()(part.data(), whole.data()) &&
                          !std::less<>()(whole.data() + whole.size(), part.data() + part.size()));
}

LogEvent decode(std::string_view tag, std::string_view message) {
  spoor::agent::LogLine line;
  line.tag = tag;
  line.message = message;
  const LogEvent event = decode_auth_log(line);
  for (const std::string_view part :
       {event.service, event.by_account, event.target, event.key_type, event.key_fingerprint,
        event.certificate_id, event.certificate_authority, event.address, event.hostname,
        event.terminal, event.cwd, event.command, event.session, event.group}) {
    expect(lies_in(part, message));
  }
  expect(lies_in(event.account, message) || event.account == "root");
  expect(event.port <= 65535);
  expect(!event.program.empty() || event.kind == LogEvent::Kind::other);
  return event;
}

void check_attempts(const std::string& name, const std::string& id) {
  const std::string place = " from 10.0.0.9 port 4711 ssh2";
  std::string line = "Failed password for invalid user " + name + place;
  LogEvent event = decode("sshd", line);
  expect(event.kind == LogEvent::Kind::failed && event.is_invalid_user);
  if (line.size() < kSshMessageBytesMax) {
    expect(event.account == name && event.address == kAddress && event.port == 4711);
  } else {
    expect(event.account.empty() && event.address.empty());
  }
  const std::string repeated = "message repeated 3 times: [ " + line + "]";
  const LogEvent once = event;
  event = decode("sshd", repeated);
  expect(line.size() >= 700 || (event.times == 3 && event.kind == once.kind &&
                                event.account == once.account && event.port == once.port));
  line = "Failed publickey for invalid user " + name + place + ": RSA-CERT SHA256:k ID " + id +
         " (serial 7) CA RSA SHA256:c";
  event = decode("sshd", line);
  expect(event.kind == LogEvent::Kind::failed);
  expect(event.address.empty() || (event.address == kAddress && event.account == name &&
                                   event.certificate_id == id));
  line = "Invalid user " + name + " from 10.0.0.9 port 4711";
  event = decode("sshd", line);
  expect(event.kind == LogEvent::Kind::invalid_user);
  if (line.size() < kSshMessageBytesMax) expect(event.account == name && event.port == 4711);
  line = "Disconnected from invalid user " + name + " 10.0.0.9 port 4711 [preauth]";
  event = decode("sshd", line);
  expect(event.kind == LogEvent::Kind::closed && event.is_invalid_user);
  if (line.size() < kSurelyWholeBytes) {
    expect(event.account == name && event.address == kAddress && event.port == 4711);
  } else {
    expect(event.address.empty() || (event.account == name && event.address == kAddress));
  }
  line = "Disconnecting invalid user " + name + " 10.0.0.9 port 4711: " + id;
  event = decode("sshd", line);
  expect(event.address.empty() || (event.account == name && event.address == kAddress));
}

void check_others(const std::string& name, const std::string& id) {
  std::string line = "pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh "
                     "ruser= rhost=10.0.0.9  user=" + name;
  LogEvent event = decode("sshd", line);
  expect(event.kind == LogEvent::Kind::failed && event.address == kAddress);
  line = "   eve : TTY=pts/1 ; PWD=/" + name + " ; USER=root ; COMMAND=/bin/ls " + id;
  event = decode("sudo", line);
  expect(event.kind == LogEvent::Kind::command && event.account == "eve");
  expect(event.target.empty() || (event.target == "root" && event.cwd == "/" + name));
  // Arguments may look like the end of the command, and nothing else is taken off them.
  const auto is_command = [&] {
    const std::string_view command = event.command;
    if (event.operation != "exit") return command.ends_with("/bin/ls " + id);
    return line.find(std::string(command) + " ; ") != std::string::npos;
  };
  expect(is_command());
  line += " ; EXIT=0";
  event = decode("sudo", line);
  expect(event.operation == "exit" && is_command());
  line = "eve: Executing command [USER=root] [TTY=pts/1] [CWD=/" + name + "] [COMMAND=" + id + "]";
  event = decode("pkexec", line);
  expect(event.kind == LogEvent::Kind::command && event.account == "eve");
  expect(event.target.empty() || (event.target == "root" && event.cwd == "/" + name));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t end = text.find('\n');
  const std::string_view tag = text.substr(0, end);
  const std::string_view message =
      end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  decode(tag, message);
  const size_t half = message.find('\n');
  const std::string name(message.substr(0, half));
  const std::string id(half == std::string_view::npos ? std::string_view()
                                                      : message.substr(half + 1));
  check_attempts(name, id);
  check_others(name, id);
  return 0;
}
