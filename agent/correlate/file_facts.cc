#include "agent/correlate/file_facts.h"

#include "agent/correlate/path_name.h"
#include "agent/correlate/record_view.h"
#include "common/audit/names.h"

namespace spoor::agent {
namespace {

using Op = FileAccess::Operation;

constexpr uint16_t kUringOp = 1336, kOpenat2 = 1337;  // linux/audit.h
constexpr uint32_t kAtFdcwd = 0xFFFFFF9C;             // AT_FDCWD, -100 (linux/fcntl.h)
constexpr uint64_t kNewMounts = 0x20000;              // CLONE_NEWNS (linux/sched.h)
constexpr int64_t kInRoot = 0x10;                     // RESOLVE_IN_ROOT (linux/openat2.h)

// O_CREAT, O_TRUNC and __O_TMPFILE of asm-generic/fcntl.h. (Alpha, mips, parisc and sparc have
// others; libaudit has no names for their calls.)
constexpr uint32_t kCreate = 0x40, kTruncate = 0x200, kUnnamed = 0x400000;

std::optional<uint32_t> flags_of(const AuditEvent& event, const FileCall& call) {
  if (event.syscall && call.flags >= 0) {
    return static_cast<uint32_t>(event.syscall->args[call.flags]);
  }
  const AuditEvent::Record* how = first_record(event, kOpenat2);
  if (how == nullptr) return std::nullopt;
  return static_cast<uint32_t>(RecordView(event, *how).number("oflag"));
}

Op operation_of_open(const AuditEvent& event, const FileCall& call, const PathItems& items) {
  if (items.made != nullptr) return Op::create;
  const auto flags = flags_of(event, call);
  if (!flags) return Op::unknown;
  const bool creates = (*flags & kCreate) != 0 && items.other == nullptr;
  if (creates || (*flags & kUnnamed) != 0) return Op::create;
  if ((*flags & kTruncate) != 0) return Op::truncate;
  constexpr uint32_t kAccess = 3, kRead = 0;  // O_ACCMODE, O_RDONLY
  return (*flags & kAccess) == kRead ? Op::read_open : Op::write_open;
}

Op operation_of(const AuditEvent& event, const FileCall& call, const PathItems& items) {
  if (call.operation == Op::read_open) return operation_of_open(event, call, items);
  // creat(2) of a file that was there.
  if (call.name == "creat" && items.made == nullptr && items.other != nullptr) return Op::truncate;
  // RENAME_EXCHANGE is in an argument that is not recorded.
  const bool moves = call.operation == Op::rename || call.operation == Op::unknown;
  const bool twice = items.made_in_exchange != nullptr && items.replaced != nullptr;
  if (moves && twice) return Op::exchange;
  if (call.operation != Op::unknown) return call.operation;
  if (items.made != nullptr && items.removed != nullptr) return Op::rename;
  return items.made != nullptr ? Op::create : Op::remove;
}

// A call without a row in the table is one about a file where a name was made or went. The names
// of message queues are no files', and those of sockets are told as such.
std::optional<FileCall> call_in(const AuditEvent& event, std::string_view name) {
  if (name.empty()) return std::nullopt;
  const FileCall* known = file_call(name);
  FileCall call = known != nullptr ? *known : FileCall{name, Op::unknown, kBaseUnknown};
  if (known == nullptr) {
    const PathItems items = path_items(event);
    if (items.made == nullptr && items.removed == nullptr) return std::nullopt;
    if (name.starts_with("mq_") || name == "bind" || name == "socketcall") return std::nullopt;
    if (items.made != nullptr && items.removed != nullptr) call.new_base = kBaseUnknown;
  }
  if (!event.syscall) {  // io_uring: no arguments are recorded
    for (int8_t* base : {&call.base, &call.new_base}) {
      if (*base >= 0 || *base == kBaseCwd) *base = kBaseUnknown;
    }
    call.mode = call.flags = call.owner = -1;
  }
  return call;
}

bool is_in_cwd(const AuditEvent& event, int8_t base) {
  if (base == kBaseCwd) return true;
  return base >= 0 && static_cast<uint32_t>(event.syscall->args[base]) == kAtFdcwd;
}

// Its names may begin at the directory that the call is given: openat2(2) can be told so, and of an
// io_uring nobody hears what it was told.
bool has_own_root(const AuditEvent& event, const FileCall& call) {
  if (call.name != "openat2") return false;
  const AuditEvent::Record* how = first_record(event, kOpenat2);
  return how == nullptr || (RecordView(event, *how).number("resolve") & kInRoot) != 0;
}

bool is_open(const FileCall& call) {
  return call.operation == Op::read_open || call.name == "creat";
}

// Where open(2) followed a link at the end of the path, PARENT is the folder of what it led to.
bool may_follow(const FileCall& call, const PathItems& items, const PathFields* item) {
  return is_open(call) && item != items.made;
}

// A directory's, that the call was given; nullopt: none, or the working directory.
std::optional<int32_t> descriptor_of(const AuditEvent& event, int8_t base) {
  if (base < 0 || !event.syscall) return std::nullopt;
  const auto descriptor = static_cast<int32_t>(event.syscall->args[base]);
  return descriptor < 0 ? std::nullopt : std::optional(descriptor);
}

// Its name has no folder in it: PARENT is the very directory that the call was given.
bool is_bare(std::string_view name) {
  const std::string_view last = last_name(name);
  return !last.empty() && name.starts_with(last) &&
         name.find_first_not_of('/', last.size()) == std::string_view::npos;
}

bool is_id(const DirectorySeen& seen, const DirectoryId& id) {
  return seen.inode == id.inode && seen.device == id.device;
}

}  // namespace

std::string_view call_of(const AuditEvent& event) {
  if (event.syscall) return syscall_name(event.syscall->arch, event.syscall->number);
  const AuditEvent::Record* ring = first_record(event, kUringOp);
  return ring == nullptr ? std::string_view() : RecordView(event, *ring).meaning("uring_op");
}

bool is_file_access(const AuditEvent& event) {
  return call_in(event, call_of(event)).has_value();
}

bool FileFacts::asks_for_directories(const AuditEvent& event, PlaceQuestion& question) {
  if (!event.syscall || directories_.has_given_up(event.syscall->ses)) return false;
  const PathItems items = path_items(event);
  if (items.parents[0] == nullptr) return false;
  const auto call = call_in(event, call_of(event));
  if (!call) return false;
  for (const int8_t base : {call->base, call->new_base}) {
    if (const auto descriptor = descriptor_of(event, base)) {
      question.descriptors.push_back(*descriptor);
    }
  }
  if (question.descriptors.empty()) return false;
  const std::string_view cwd = event.cwd ? event.bytes(*event.cwd) : std::string_view();
  bool unknown = false;
  for (const PathFields* parent : items.parents) {
    if (parent == nullptr || name_of(event, *parent) != cwd) continue;
    const DirectoryId id = id_of(event, *parent);
    question.files.push_back({std::string(id.device), id.inode});
    unknown |= directories_.find(event.syscall->ses, id).empty() ||
               (items.other != nullptr && may_follow(*call, items, items.other));
  }
  return unknown;
}

// Which directory a call was given by each of its descriptors, as far as that is certain. A number
// may be another directory's by the time it is asked about. Where the call had two directories that
// the records do not tell apart, both have to be known, and to be those two.
void FileFacts::fit_given(Reading& in) {
  const auto seen_at = [&](int8_t base) -> const DirectorySeen* {
    const auto descriptor = descriptor_of(in.event, base);
    for (const DirectorySeen& seen : in.event.directories) {
      if (descriptor && seen.descriptor == *descriptor) return &seen;
    }
    return nullptr;
  };
  const auto is_parent = [&](const DirectorySeen* seen, const PathFields* parent) {
    return seen != nullptr && parent != nullptr && is_id(*seen, id_of(in.event, *parent));
  };
  const auto& [one, other] = in.items.parents;
  const DirectorySeen* const first = seen_at(in.call.base);
  const DirectorySeen* const second = seen_at(in.call.new_base);
  const bool first_fits = is_parent(first, one) || is_parent(first, other);
  const bool second_fits = is_parent(second, one) || is_parent(second, other);
  const bool two = one != nullptr && other != nullptr && in.call.new_base != kBaseNone &&
                   (one->inode != other->inode ||
                    in.event.bytes(one->device) != in.event.bytes(other->device));
  if (two) {
    const bool from_cwd = is_in_cwd(in.event, in.call.base) && second_fits;
    const bool to_cwd = is_in_cwd(in.event, in.call.new_base) && first_fits;
    const bool both = first_fits && second_fits &&
                      (first->inode != second->inode || first->device != second->device);
    if (!both && !(from_cwd && second->path != in.cwd) && !(to_cwd && first->path != in.cwd)) {
      return;
    }
  }
  if (first_fits) in.given = first;
  if (second_fits) in.new_given = second;
}

// Valid until the next call.
std::string_view FileFacts::find(const Reading& in, const DirectoryId& id) {
  if (in.other_root) return {};
  for (const DirectorySeen& seen : in.event.directories) {
    if (is_id(seen, id)) return seen.path;
  }
  return directories_.find(in.ses, id);
}

std::optional<FileAccess> FileFacts::read(const AuditEvent& event, uint32_t ses) {
  const std::string_view name = call_of(event);
  note_tree_change(event, ses, name);
  const auto call = call_in(event, name);
  if (!call) return std::nullopt;
  Reading in{event,
             ses,
             *call,
             path_items(event),
             event.cwd ? event.bytes(*event.cwd) : std::string_view(),
             directories_.has_given_up(ses),
             has_own_root(event, *call)};
  if (!event.directories.empty() && !in.other_root) {
    for (const DirectorySeen& seen : event.directories) {
      directories_.learn(ses, {seen.device, seen.inode}, seen.path);
    }
    fit_given(in);
  }
  FileAccess access;
  access.operation = operation_of(event, in.call, in.items);
  if (event.syscall) {
    const auto& args = event.syscall->args;
    access.flags = flags_of(event, in.call).value_or(0);
    if (in.call.mode >= 0 && (!is_open(in.call) || access.operation == Op::create)) {
      access.mode = static_cast<uint32_t>(args[in.call.mode]) & 0177777;
    }
    const AuditEvent::Record* how = first_record(event, kOpenat2);
    if (how != nullptr && access.operation == Op::create) {
      access.mode = static_cast<uint32_t>(RecordView(event, *how).number("mode")) & 0177777;
    }
    if (in.call.owner >= 0) {
      access.owner_uid = static_cast<uint32_t>(args[in.call.owner]);
      access.owner_gid = static_cast<uint32_t>(args[in.call.owner + 1]);
    }
  }
  name_paths(in, access);
  return access;
}

// From now on the session's paths may begin at another root, or lead elsewhere.
void FileFacts::note_tree_change(const AuditEvent& event, uint32_t ses, std::string_view call) {
  if (!event.syscall || event.syscall->success == false) return;
  const auto& args = event.syscall->args;
  const bool new_mounts = (args[0] & kNewMounts) != 0;
  // 0: of whatever kind the descriptor's namespace is.
  const bool enters_mounts = args[1] == 0 || (args[1] & kNewMounts) != 0;
  if (call == "chroot" || call == "pivot_root" || (call == "setns" && enters_mounts) ||
      ((call == "unshare" || call == "clone") && new_mounts)) {
    directories_.give_up_session(ses);
  } else if (call == "mount" || call == "umount" || call == "umount2" || call == "oldumount" ||
             call == "move_mount") {
    directories_.forget_all();
    opened_.forget_all();
  }
}

void FileFacts::name_paths(const Reading& in, FileAccess& access) {
  const PathItems& items = in.items;
  const PathFields* first = in.call.operation == Op::remove ? items.removed : items.made;
  const PathFields* second = nullptr;
  if (in.call.new_base == kBaseNone) {
    for (const PathFields* item : {items.made, items.removed, items.other}) {
      if (first == nullptr) first = item;
    }
    // move_mount(2): which of two names is the new place, the records do not say.
    if (in.call.name == "move_mount" && items.second_other != nullptr) {
      const bool one = name_of(in.event, *items.other).empty();
      const bool other = name_of(in.event, *items.second_other).empty();
      if (!one && !other) return;
      first = one ? items.second_other : items.other;
    }
  } else {
    const bool renames = access.operation == Op::rename || access.operation == Op::exchange;
    first = renames ? items.removed : items.other;
    second = items.made;
    // Neither was looked for, and which is which the records do not say.
    if (!renames && second == nullptr && items.second_other != nullptr) return;
    access.new_path = place(in, second, in.call.new_base, new_path_);
    if (!renames && first == nullptr) return;  // what is linked to has no PARENT
  }
  access.path = place(in, first, in.call.base, path_);
  forget(in, access);
  learn(in, first, in.call.base, access.path);
  learn(in, second, in.call.new_base, access.new_path);
  if (access.operation == Op::exchange) {
    learn(in, items.made_in_exchange, in.call.base, access.path);
  }
}

FileAccess::Path FileFacts::place(const Reading& in, const PathFields* item, int8_t base,
                                  std::string& buffer) {
  if (item == nullptr) return place_of_folder(in, base, buffer);
  const std::string_view name = name_of(in.event, *item);
  if (base == kBaseText) {
    const bool leads_there = name.starts_with('/') && !passes_process_link(name);
    return {name, leads_there && !in.other_root, {}};
  }
  const bool in_cwd = is_in_cwd(in.event, base) && !name.empty();
  const bool by_words = (in_cwd || name.starts_with('/')) && !in.own_root;
  if (!by_words || !absolute_path(in.cwd, name, buffer)) {
    const DirectorySeen* const given = is_bare(name) ? in.given_for(base) : nullptr;
    if (given != nullptr && absolute_path(given->path, name, buffer)) return {buffer, true, {}};
    return place_in_folder(in, *item, base, buffer);
  }
  if (in.other_root || !passes_process_link(buffer)) return {buffer, !in.other_root, {}};
  const std::string words = buffer;
  const FileAccess::Path found = place_in_folder(in, *item, base, buffer);
  if (found.resolved || found.directory.inode != 0) return found;
  buffer = words;
  return {buffer, false, {}};
}

// By the inode of its folder, or its own.
FileAccess::Path FileFacts::place_in_folder(const Reading& in, const PathFields& item,
                                            int8_t base, std::string& buffer) {
  const std::string_view name = name_of(in.event, item), last = last_name(name);
  const PathFields* parent = last.empty() ? nullptr : parent_of(in, item, base);
  if (parent == nullptr) {
    // A name that is made or goes is not yet, or no more, the directory's.
    const bool stays = is_directory(item) && &item != in.items.made && &item != in.items.removed;
    buffer = stays ? find(in, id_of(in.event, item)) : std::string_view();
    const bool has_own = base == kBaseFile && !is_open(in.call) && in.event.syscall;
    if (has_own && !is_directory(item)) {
      buffer = opened_.find(in.event.syscall->pid, id_of(in.event, item));
    }
    if (!buffer.empty()) return {buffer, true, {}};
    return {name, false, {}};
  }
  const DirectoryId folder = id_of(in.event, *parent);
  const bool follows = may_follow(in.call, in.items, &item);
  buffer = follows ? std::string_view() : find(in, folder);
  if (buffer.empty()) return {last, false, folder};
  if (buffer != "/") buffer += '/';
  buffer += last;
  return {buffer, true, {}};
}

// The call failed before the kernel looked for the name: only the folder is told.
FileAccess::Path FileFacts::place_of_folder(const Reading& in, int8_t base, std::string& buffer) {
  const auto& [parent, another] = in.items.parents;
  if (parent == nullptr || base == kBaseFile) return {};
  const bool same = another == nullptr || (another->inode == parent->inode &&
                                           in.event.bytes(another->device) ==
                                               in.event.bytes(parent->device) &&
                                           name_of(in.event, *another) ==
                                               name_of(in.event, *parent));
  if (!same) return {};  // whose folder is whose, the records do not say
  const std::string_view name = name_of(in.event, *parent);
  const bool given = name.size() > 1 && name.starts_with('/') && name.ends_with('/');
  const bool by_words = (given || is_in_cwd(in.event, base)) && !in.own_root;
  if (by_words && absolute_path(in.cwd, name, buffer) && !passes_process_link(buffer)) {
    if (buffer != "/") buffer += '/';
    return {buffer, !in.other_root, {}};
  }
  buffer = find(in, id_of(in.event, *parent));
  if (buffer.empty()) return {{}, false, id_of(in.event, *parent)};
  if (buffer != "/") buffer += '/';
  return {buffer, true, {}};
}

// Null: it has none, or it could be either of two.
const PathFields* FileFacts::parent_of(const Reading& in, const PathFields& item, int8_t base) {
  const bool has_one = &item == in.items.made || &item == in.items.removed ||
                       in.call.new_base == kBaseNone;
  if (!has_one) return nullptr;
  if (const DirectorySeen* given = in.given_for(base); given && is_bare(name_of(in.event, item))) {
    for (const PathFields* parent : in.items.parents) {
      if (parent != nullptr && is_id(*given, id_of(in.event, *parent))) return parent;
    }
  }
  const std::string_view expected = parent_name(name_of(in.event, item), in.cwd);
  const PathFields* found = nullptr;
  for (const PathFields* parent : in.items.parents) {
    if (parent == nullptr) continue;
    if (parent->name && name_of(in.event, *parent) != expected) continue;
    const bool is_same = found != nullptr && found->inode == parent->inode &&
                         in.event.bytes(found->device) == in.event.bytes(parent->device);
    if (is_same) continue;
    if (found == nullptr) {
      found = parent;
      continue;
    }
    // Two folders by the same name: one is the working directory, where it is known which, and
    // the call names the other by a descriptor.
    const bool first_is_cwd = directories_.find(in.ses, id_of(in.event, *found)) == in.cwd;
    const bool second_is_cwd = directories_.find(in.ses, id_of(in.event, *parent)) == in.cwd;
    if (first_is_cwd == second_is_cwd) return nullptr;
    const bool wants_cwd = is_in_cwd(in.event, base);
    const int8_t others = base == in.call.base ? in.call.new_base : in.call.base;
    if (wants_cwd == is_in_cwd(in.event, others)) return nullptr;
    return first_is_cwd == wants_cwd ? found : parent;
  }
  return found;
}

void FileFacts::forget(const Reading& in, const FileAccess& access) {
  if (in.event.syscall && in.event.syscall->success == false) return;
  const PathItems& items = in.items;
  const auto go = [&](const PathFields* item, const FileAccess::Path& path, bool has_moved) {
    const std::string_view name = path.resolved ? path.name : std::string_view();
    if (item != nullptr) {
      opened_.forget(id_of(in.event, *item), name, has_moved && is_directory(*item));
    }
    if (item != nullptr && (is_directory(*item) || (is_link(*item) && !name.empty()))) {
      directories_.forget(id_of(in.event, *item), name, has_moved && is_directory(*item));
    }
  };
  const bool exchanges = access.operation == Op::exchange;
  const bool renames = access.operation == Op::rename || exchanges;
  go(items.removed, access.path, renames);
  if (renames) go(items.replaced, access.new_path, exchanges);
  // A number that was another's, and a name.
  if (renames) return;
  go(items.made, {}, false);
  const FileAccess::Path& made = access.new_path.name.empty() ? access.path : access.new_path;
  if (items.made != nullptr && made.resolved) opened_.forget({}, made.name, false);
}

void FileFacts::learn(const Reading& in, const PathFields* item, int8_t base,
                      const FileAccess::Path& path) {
  if (item == nullptr || !path.resolved || base == kBaseText) return;
  const bool failed = in.event.syscall && in.event.syscall->success == false;
  if (is_directory(*item) && item != in.items.removed && !(failed && item == in.items.made)) {
    directories_.learn(in.ses, id_of(in.event, *item), path.name);
  }
  if (is_open(in.call) && !is_directory(*item) && !failed && in.event.syscall) {
    opened_.learn(in.event.syscall->pid, id_of(in.event, *item), path.name);
  }
  // open(2) follows a link at the end of the path, and PARENT is then another folder.
  if (is_open(in.call) || last_name(name_of(in.event, *item)).empty()) return;
  const PathFields* parent = parent_of(in, *item, base);
  if (parent != nullptr) {
    directories_.learn(in.ses, id_of(in.event, *parent), folder_of(path.name));
  }
}

}  // namespace spoor::agent
