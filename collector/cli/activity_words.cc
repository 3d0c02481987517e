#include "collector/cli/activity_words.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "common/quoting.h"

namespace spoor::cli {
namespace {

constexpr uint32_t kUnchanged = 0xFFFFFFFF;  // chown(2): -1 leaves an id as it is

// What was done, and what could not be: `created`, `create`.
struct Verb {
  const char* done;
  const char* infinitive;
};

Verb file_verb(int operation) {
  switch (operation) {
    case v1::FileAccess::OPERATION_CREATE: return {"created ", "create "};
    case v1::FileAccess::OPERATION_WRITE_OPEN: return {"opened to write ", "open to write "};
    case v1::FileAccess::OPERATION_TRUNCATE: return {"truncated ", "truncate "};
    case v1::FileAccess::OPERATION_DELETE: return {"deleted ", "delete "};
    case v1::FileAccess::OPERATION_RENAME: return {"renamed ", "rename "};
    case v1::FileAccess::OPERATION_LINK: return {"linked ", "link "};
    case v1::FileAccess::OPERATION_READ_OPEN: return {"opened to read ", "open to read "};
    case v1::FileAccess::OPERATION_MOUNT: return {"mounted ", "mount "};
    case v1::FileAccess::OPERATION_EXCHANGE: return {"exchanged ", "exchange "};
    default: return {"set ", "set "};
  }
}

std::string owner_text(uint32_t uid, uint32_t gid) {
  std::string out = uid == kUnchanged ? "" : std::to_string(uid);
  if (gid != kUnchanged) out += ":" + std::to_string(gid);
  return out;
}

// What was set, of the operations that set something: `mode 0644 of `.
std::string setting(const v1::FileAccess& file) {
  char mode[16];
  switch (file.operation()) {
    case v1::FileAccess::OPERATION_MODE:
      std::snprintf(mode, sizeof mode, "%04o", file.mode() & 07777);
      return std::string("mode ") + mode + " of ";
    case v1::FileAccess::OPERATION_OWNER:
      return "owner " + owner_text(file.owner_uid(), file.owner_gid()) + " of ";
    case v1::FileAccess::OPERATION_ATTRIBUTES:
      return file.attribute().empty() ? "attributes of "
                                      : "attribute " + visible(file.attribute()) + " of ";
    default: break;
  }
  if (v1::FileAccess::Operation_IsValid(file.operation()) && file.operation() != 0) return "";
  return "operation " + std::to_string(file.operation()) + " on ";
}

// MAJOR:MINOR as one word, beside the inode.
std::string inode_text(const std::string& kind, std::string device, uint64_t inode) {
  if (device.empty() || inode == 0) return "<" + kind + " unknown>";
  std::erase(device, ':');
  return "<" + kind + " " + visible(device) + ":" + std::to_string(inode) + ">";
}

void add_path(const std::string& path, bool resolved, const std::string& device, uint64_t inode,
              StyledText& out) {
  if (resolved) {
    out.add(shell_quote(path));
    return;
  }
  const bool elsewhere = path.starts_with('/');
  out.add(Style::warning, elsewhere ? "<elsewhere?>" : inode_text("dir", device, inode));
  out.add((path.starts_with('/') ? "" : "/") + (path.empty() ? "" : shell_quote(path)));
}

// A call that was given a file's descriptor has no name, and its one PATH the file's inode.
void add_file_path(const v1::FileAccess& file, StyledText& out) {
  const bool named = !file.path().empty() || file.directory_inode() != 0;
  if (named || file.paths_size() != 1 || file.paths(0).inode() == 0) {
    return add_path(file.path(), file.path_resolved(), file.directory_device(),
                    file.directory_inode(), out);
  }
  out.add(Style::warning, inode_text("file", file.paths(0).device(), file.paths(0).inode()));
}

std::string error_suffix(const v1::Outcome& outcome) {
  return outcome.error() == 0 ? "" : ": " + error_name(outcome.error());
}

std::string address_text(const std::string& address, uint32_t port) {
  std::string out = visible(address);
  if (out.find(':') != std::string::npos && port != 0) out = "[" + out + "]";
  return port == 0 ? out : out + ":" + std::to_string(port);
}

std::string local_text(const v1::Network& network) {
  return address_text(network.local_address(), network.local_port());
}

// The other side; of a Unix socket its path (one in no file system begins with a NUL: unix(7)).
std::string remote_text(const v1::Network& network) {
  if (!network.remote_address().empty())
    return address_text(network.remote_address(), network.remote_port());
  if (network.path().empty()) {
    return network.family().empty() ? "an unknown address" : visible(network.family());
  }
  if (network.path()[0] == '\0') return "@" + visible(network.path().substr(1));
  return shell_quote(network.path());
}

Verb network_verb(int operation) {
  switch (operation) {
    case v1::Network::OPERATION_CONNECT: return {"connected to ", "connect to "};
    case v1::Network::OPERATION_BIND: return {"bound ", "bind "};
    case v1::Network::OPERATION_ACCEPT: return {"accepted ", "accept "};
    case v1::Network::OPERATION_LISTEN: return {"listened on ", "listen on "};
    case v1::Network::OPERATION_SEND: return {"sent to ", "send to "};
    default: return {"used the network: ", "use the network: "};
  }
}

}  // namespace

std::string error_name(int32_t number) {
  const char* name = strerrorname_np(number);
  return name == nullptr ? "error " + std::to_string(number) : name;
}

StyledText file_text(const v1::Event& event) {
  const v1::FileAccess& file = event.file_access();
  const bool failed = event.outcome().result() == v1::Outcome::RESULT_FAILURE;
  const Verb verb = file_verb(file.operation());
  StyledText out;
  out.add(failed ? Style::bad : Style::quiet,
          (failed ? std::string("could not ") + verb.infinitive : verb.done) + setting(file));
  add_file_path(file, out);
  if (!file.new_path().empty()) {
    const bool both_ways = file.operation() == v1::FileAccess::OPERATION_EXCHANGE;
    out.add(Style::quiet, both_ways ? " ↔ " : " → ");
    add_path(file.new_path(), file.new_path_resolved(), file.new_directory_device(),
             file.new_directory_inode(), out);
  }
  return out.add(Style::bad, failed ? error_suffix(event.outcome()) : "");
}

StyledText network_text(const v1::Event& event) {
  const v1::Network& network = event.network();
  const bool own_side = network.operation() == v1::Network::OPERATION_BIND ||
                        network.operation() == v1::Network::OPERATION_LISTEN;
  // A socket that does not wait says so, and connects meanwhile (connect(2)).
  const bool under_way = event.outcome().error() == EINPROGRESS;
  const bool failed = event.outcome().result() == v1::Outcome::RESULT_FAILURE && !under_way;
  const Verb verb = network_verb(network.operation());
  StyledText out;
  if (failed) out.add(Style::bad, std::string("could not ") + verb.infinitive);
  else out.add(Style::quiet, under_way ? "connecting to " : verb.done);
  const std::string local = local_text(network);
  out.add(own_side && !local.empty() ? local : remote_text(network));
  if (!own_side && !local.empty()) {
    const bool came_in = network.operation() == v1::Network::OPERATION_ACCEPT;
    out.add(Style::quiet, (came_in ? " on " : " from ") + local);
  }
  if (!network.protocol().empty()) out.add(Style::quiet, " (" + visible(network.protocol()) + ")");
  return out.add(Style::bad, failed ? error_suffix(event.outcome()) : "");
}

StyledText input_text(const v1::TypedInput& input) {
  StyledText out(Style::quiet, "typed");
  if (!input.comm().empty()) out.add(Style::quiet, " in " + visible(input.comm()));
  out.add(Style::quiet, ": ");
  out.add(Style::strong, visible(input.edited().empty() ? input.typed() : input.edited()));
  if (input.unfinished()) out.add(Style::quiet, " (not ended by Enter)");
  return out;
}

}  // namespace spoor::cli
