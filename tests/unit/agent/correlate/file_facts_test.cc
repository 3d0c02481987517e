#include "agent/correlate/file_facts.h"

#include "tests/unit/agent/correlate/call_event.h"

namespace spoor::agent {
namespace {

using Op = FileAccess::Operation;
using test::CallEvent;
using test::kCwd;

constexpr uint32_t kFolder = 040755;

class FileFactsTest : public testing::Test {
 protected:
  // "OPERATION path [-> new path]"; ? before a path that is not resolved, with its folder's inode.
  std::string read(const CallEvent& event, uint32_t ses = 3) {
    const AuditEvent decoded = test::decoded(event);
    const auto access = files_.read(decoded, ses);
    EXPECT_EQ(access.has_value(), is_file_access(decoded));
    if (!access) return "none";
    last_ = *access;
    static const char* const kNames[] = {"unknown", "create", "write", "truncate", "remove",
                                         "rename", "mode", "owner", "attributes", "link", "read",
                                         "mount", "exchange"};
    std::string text = std::string(kNames[static_cast<int>(access->operation)]) + " " +
                       text_of(access->path);
    const std::string new_path = text_of(access->new_path);
    return new_path.empty() ? text : text + " -> " + new_path;
  }
  static std::string text_of(const FileAccess::Path& path) {
    if (path.resolved) return std::string(path.name);
    std::string text = path.name.empty() && path.directory.inode == 0 ? "" : "?";
    if (path.directory.inode != 0) {
      text += "<" + std::string(path.directory.device) + ":" +
              std::to_string(path.directory.inode) + ">";
    }
    return text + std::string(path.name);
  }

  // The same, where the witness had told of these directories.
  std::string read_seeing(const CallEvent& event, const std::vector<DirectorySeen>& seen,
                          uint32_t ses = 3) {
    AuditEvent decoded = test::decoded(event);
    decoded.directories = seen;
    const auto access = files_.read(decoded, ses);
    last_ = *access;
    return text_of(access->path) + (access->new_path.name.empty() ? "" : " -> ") +
           text_of(access->new_path);
  }
  // "5 6 of 77 78": the descriptors, and the directories they may lead to.
  std::string asks(const CallEvent& event) {
    PlaceQuestion question;
    if (!files_.asks_for_directories(test::decoded(event), question)) return "nothing";
    std::string text;
    for (const int32_t descriptor : question.descriptors) text += std::to_string(descriptor) + " ";
    text += "of";
    for (const FileId& file : question.files) text += " " + std::to_string(file.inode);
    return text;
  }

  FileFacts files_;
  FileAccess last_;
};

CallEvent opened(uint64_t flags, std::vector<test::CallPath> paths, int error = 0) {
  return {.number = 257, .args = {kCwd, 0x7fff, flags, 0600}, .paths = std::move(paths),
          .error = error};
}

TEST_F(FileFactsTest, OpensByTheirFlags) {
  const test::CallPath parent{"PARENT", "/home/alice", 10, kFolder};
  EXPECT_EQ(read(opened(0, {{"NORMAL", "/etc/passwd", 5}})), "read /etc/passwd");
  EXPECT_EQ(read(opened(1, {{"NORMAL", "notes", 5}})), "write /home/alice/notes");
  EXPECT_EQ(read(opened(02, {{"NORMAL", "./notes", 5}})), "write /home/alice/notes");
  EXPECT_EQ(read(opened(01001, {{"NORMAL", "notes", 5}})), "truncate /home/alice/notes");
  EXPECT_EQ(read(opened(0101, {parent, {"CREATE", "notes", 5}})), "create /home/alice/notes");
  EXPECT_EQ(last_.mode, 0600u);
  EXPECT_EQ(last_.flags, 0101u);
  EXPECT_EQ(read(opened(0101, {parent, {"NORMAL", "notes", 5}})), "write /home/alice/notes");
  EXPECT_EQ(last_.mode, 0u);
  EXPECT_EQ(read(opened(020200002, {{"NORMAL", "/tmp", 5, kFolder}})), "create /tmp");
  // Refused before the name was looked for: the folder is what is known.
  EXPECT_EQ(read(opened(0101, {parent}, 13)), "create /home/alice/");
  EXPECT_EQ(read(opened(0, {{"UNKNOWN", "/no/such"}}, 2)), "read /no/such");
  EXPECT_EQ(read(opened(0, {}, 14)), "read ");
}

TEST_F(FileFactsTest, OlderAndNewerOpens) {
  EXPECT_EQ(read({.number = 2, .args = {1, 1}, .paths = {{"NORMAL", "a", 5}}}),
            "write /home/alice/a");
  EXPECT_EQ(read({.number = 85, .args = {1, 0640}, .paths = {{"PARENT", "/home/alice", 10},
                                                            {"CREATE", "a", 5}}}),
            "create /home/alice/a");
  EXPECT_EQ(last_.mode, 0640u);
  EXPECT_EQ(read({.number = 85, .args = {1, 0640}, .paths = {{"NORMAL", "a", 5}}}),
            "truncate /home/alice/a");
  EXPECT_EQ(read({.number = 437, .args = {kCwd}, .paths = {{"NORMAL", "a", 5}},
                  .others = {{1337, "oflag=02000001 mode=00 resolve=0xa"}}}),
            "write /home/alice/a");
  EXPECT_EQ(last_.flags, 02000001u);
  EXPECT_EQ(read({.number = 437, .args = {kCwd}, .paths = {{"CREATE", "/a", 5}},
                  .others = {{1337, "oflag=0101 mode=0640 resolve=0x0"}}}), "create /a");
  EXPECT_EQ(last_.mode, 0640u);
  // open_by_handle_at(2) has no name.
  EXPECT_EQ(read({.number = 304, .args = {3, 1, 2}, .paths = {{"NORMAL", "(null)", 5}}}),
            "write ");
}

TEST_F(FileFactsTest, NamesThatGo) {
  const test::CallPath parent{"PARENT", "/home/alice", 10, kFolder};
  EXPECT_EQ(read({.number = 87, .paths = {parent, {"DELETE", "a", 5}}}), "remove /home/alice/a");
  EXPECT_EQ(read({.number = 84, .paths = {parent, {"DELETE", "a/", 5, kFolder}}}),
            "remove /home/alice/a");
  EXPECT_EQ(read({.number = 263, .args = {kCwd}, .paths = {{"PARENT", "sub/", 11, kFolder},
                                                          {"DELETE", "sub/a", 5}}}),
            "remove /home/alice/sub/a");
  EXPECT_EQ(read({.number = 87, .paths = {parent}, .error = 2}), "remove /home/alice/");
  EXPECT_EQ(read({.number = 82, .paths = {parent, parent, {"DELETE", "a", 5}, {"CREATE", "b", 5}}}),
            "rename /home/alice/a -> /home/alice/b");
  // Over another file; exchanged with it.
  EXPECT_EQ(read({.number = 82, .paths = {parent, parent, {"DELETE", "a", 5}, {"DELETE", "b", 6},
                                          {"CREATE", "b", 5}}}),
            "rename /home/alice/a -> /home/alice/b");
  EXPECT_EQ(read({.number = 316, .args = {kCwd, 1, kCwd, 1}, .paths = {parent, parent,
                  {"DELETE", "a", 5}, {"DELETE", "b", 6}, {"CREATE", "b", 5}, {"CREATE", "a", 6}}}),
            "exchange /home/alice/a -> /home/alice/b");
  EXPECT_EQ(read({.number = 82, .paths = {parent, parent}, .error = 2}),
            "rename /home/alice/ -> /home/alice/");
  // Which folder is whose, nobody says.
  EXPECT_EQ(read({.number = 82, .paths = {{"PARENT", "/a/", 1, kFolder}, {"PARENT", "/b/", 2}},
                  .error = 2}), "rename ");
}

TEST_F(FileFactsTest, NamesThatAreMade) {
  const test::CallPath parent{"PARENT", "/home/alice", 10, kFolder};
  EXPECT_EQ(read({.number = 83, .args = {1, 0750}, .paths = {parent, {"CREATE", "a", 5, kFolder}}}),
            "create /home/alice/a");
  EXPECT_EQ(last_.mode, 0750u);
  EXPECT_EQ(read({.number = 133, .args = {1, 020600}, .paths = {parent, {"CREATE", "null", 5}}}),
            "create /home/alice/null");
  EXPECT_EQ(last_.mode, 020600u);
  EXPECT_EQ(read({.number = 86, .paths = {parent, {"NORMAL", "/etc/hosts", 5},
                                {"CREATE", "b", 5}}}),
            "link /etc/hosts -> /home/alice/b");
  // A link's target is relative to the link, and only text.
  EXPECT_EQ(read({.number = 88, .paths = {parent, {"UNKNOWN", "a"}, {"CREATE", "b", 6}}}),
            "link ?a -> /home/alice/b");
  EXPECT_EQ(read({.number = 266, .args = {1, kCwd, 1},
                  .paths = {parent, {"UNKNOWN", "/etc/hosts"}, {"CREATE", "b", 6}}}),
            "link /etc/hosts -> /home/alice/b");
  // Neither was looked for, and either may be the first.
  EXPECT_EQ(read({.number = 86, .paths = {{"UNKNOWN", "b"}, {"UNKNOWN", "a"}}, .error = 2}),
            "link ");
  EXPECT_EQ(read({.number = 86, .paths = {parent}, .error = 17}), "link  -> /home/alice/");
}

TEST_F(FileFactsTest, ModesOwnersAttributes) {
  EXPECT_EQ(read({.number = 90, .args = {1, 04755}, .paths = {{"NORMAL", "a", 5}}}),
            "mode /home/alice/a");
  EXPECT_EQ(last_.mode, 04755u);
  EXPECT_EQ(read({.number = 268, .args = {kCwd, 1, 0600}, .paths = {{"NORMAL", "a", 5}}}),
            "mode /home/alice/a");
  EXPECT_EQ(read({.number = 452, .args = {kCwd, 1, 0644}, .paths = {{"NORMAL", "a", 5}}}),
            "mode /home/alice/a");
  EXPECT_EQ(last_.mode, 0644u);
  EXPECT_EQ(read({.number = 91, .args = {3, 0644}, .paths = {{"NORMAL", "(null)", 5}}}), "mode ");
  EXPECT_EQ(read({.number = 92, .args = {1, 33, 0xffffffff}, .paths = {{"NORMAL", "/a", 5}}}),
            "owner /a");
  EXPECT_EQ(last_.owner_uid, 33u);
  EXPECT_EQ(last_.owner_gid, kUnsetId);
  EXPECT_EQ(read({.number = 260, .args = {kCwd, 1, 1000, 1001}, .paths = {{"NORMAL", "/a", 5}}}),
            "owner /a");
  EXPECT_EQ(last_.owner_gid, 1001u);
  for (const uint32_t number : {188u, 189u, 197u, 463u, 466u, 132u, 235u}) {
    EXPECT_EQ(read({.number = number, .args = {kCwd}, .paths = {{"NORMAL", "/a", 5}}}),
              "attributes /a") << number;
  }
  EXPECT_EQ(read({.number = 76, .paths = {{"NORMAL", "a", 5}}}), "truncate /home/alice/a");
  EXPECT_EQ(read({.number = 77, .args = {3}, .paths = {{"NORMAL", "(null)", 5}}}), "truncate ");
}

TEST_F(FileFactsTest, TheOtherTableOfTheMachine) {
  // i386: chown32, truncate64, mkdir, umount.
  EXPECT_EQ(read({.number = 212, .args = {1, 1, 2}, .paths = {{"NORMAL", "/a", 5}},
                  .arch = 0x40000003}), "owner /a");
  EXPECT_EQ(read({.number = 193, .paths = {{"NORMAL", "/a", 5}}, .arch = 0x40000003}),
            "truncate /a");
  EXPECT_EQ(read({.number = 22, .paths = {{"NORMAL", "/a", 5}}, .arch = 0x40000003}), "mount /a");
  // aarch64: mkdirat, fchmodat.
  EXPECT_EQ(read({.number = 34, .args = {kCwd, 1, 0700}, .paths = {{"CREATE", "/a", 5, kFolder}},
                  .arch = 0xC00000B7}), "create /a");
  EXPECT_EQ(read({.number = 53, .args = {kCwd, 1, 0700}, .paths = {{"NORMAL", "/a", 5}},
                  .arch = 0xC00000B7}), "mode /a");
}

TEST_F(FileFactsTest, Mounts) {
  EXPECT_EQ(read({.number = 165, .paths = {{"NORMAL", "/mnt", 5, kFolder},
                                 {"NORMAL", "/dev/sdb", 6}}}),
            "mount /mnt");
  EXPECT_EQ(read({.number = 166, .paths = {{"NORMAL", "mnt", 5, kFolder}}}),
            "mount /home/alice/mnt");
  EXPECT_EQ(read({.number = 429, .args = {4, 1, kCwd, 1},
                  .paths = {{"NORMAL", "", 4, kFolder}, {"NORMAL", "/mnt", 5, kFolder}}}),
            "mount /mnt");
  EXPECT_EQ(read({.number = 429, .args = {kCwd, 1, kCwd, 1},
                  .paths = {{"NORMAL", "/a", 4, kFolder}, {"NORMAL", "/b", 5, kFolder}}}),
            "mount ");
}

TEST_F(FileFactsTest, OtherCallsByWhatTheyMakeAndRemove) {
  // acct(2) and a call without a name; message queues; a socket's name.
  EXPECT_EQ(read({.number = 163, .paths = {{"NORMAL", "/var/log/x", 5}}}), "none");
  EXPECT_EQ(read({.number = 9999, .paths = {{"CREATE", "/a", 5}}}), "none");
  EXPECT_EQ(read({.number = 163, .paths = {{"PARENT", "/", 2, kFolder}, {"CREATE", "/a", 5}}}),
            "create /a");
  EXPECT_EQ(read({.number = 163, .paths = {{"PARENT", "/home/alice", 20}, {"DELETE", "a", 5}}}),
            "remove ?<08:01:20>a");
  EXPECT_EQ(read({.number = 163, .paths = {{"PARENT", "/", 2, kFolder}, {"PARENT", "/", 2, kFolder},
                                           {"DELETE", "/a", 5}, {"CREATE", "/b", 5}}}),
            "rename /a -> /b");
  EXPECT_EQ(read({.number = 240, .paths = {{"CREATE", "queue", 5}}}), "none");
  EXPECT_EQ(read({.number = 49, .paths = {{"PARENT", "/home/alice", 10}, {"CREATE", "socket", 5}}}),
            "none");
}

// M9 of the plan: the kernel gives the working directory's name to a folder that is another.
TEST_F(FileFactsTest, ADescriptorsFolderIsNotTheWorkingDirectory) {
  const test::CallPath false_name{"PARENT", "/home/alice", 77, kFolder};
  EXPECT_EQ(read({.number = 257, .args = {4, 1, 0101, 0600},
                  .paths = {false_name, {"CREATE", "a", 5}}}), "create ?<08:01:77>a");
  EXPECT_EQ(read({.number = 263, .args = {4}, .paths = {false_name, {"DELETE", "a", 5}}}),
            "remove ?<08:01:77>a");
  EXPECT_EQ(read({.number = 258, .args = {4, 1, 0700},
                  .paths = {false_name, {"CREATE", "d", 6, kFolder}}}), "create ?<08:01:77>d");
  EXPECT_EQ(read({.number = 316, .args = {4, 1, 4, 1},
                  .paths = {false_name, false_name, {"DELETE", "a", 5}, {"CREATE", "b", 5}}}),
            "rename ?<08:01:77>a -> ?<08:01:77>b");
  EXPECT_EQ(read({.number = 266, .args = {1, 4, 1},
                  .paths = {false_name, {"UNKNOWN", "t"}, {"CREATE", "l", 8}}}),
            "link ?t -> ?<08:01:77>l");
  EXPECT_EQ(read({.number = 265, .args = {4, 1, 4, 1},
                  .paths = {false_name, {"NORMAL", "a", 5}, {"CREATE", "h", 5}}}),
            "link ?a -> ?<08:01:77>h");
  EXPECT_EQ(read({.number = 268, .args = {4, 1, 0600}, .paths = {{"NORMAL", "a", 5}}}), "mode ?a");
  EXPECT_EQ(read({.number = 263, .args = {4}, .paths = {{"PARENT", "sub/", 78, kFolder},
                                                       {"DELETE", "sub/a", 5}}}),
            "remove ?<08:01:78>a");
  EXPECT_EQ(read({.number = 263, .args = {4}, .paths = {false_name}, .error = 2}),
            "remove ?<08:01:77>");
  // An absolute name needs no folder.
  EXPECT_EQ(read({.number = 263, .args = {4}, .paths = {{"PARENT", "/tmp/", 9, kFolder},
                                                       {"DELETE", "/tmp/a", 5}}}),
            "remove /tmp/a");
}

TEST_F(FileFactsTest, AFolderThatTheSessionWasSeenIn) {
  const CallEvent by_descriptor{.number = 263, .args = {4},
                                .paths = {{"PARENT", "/home/alice", 77, kFolder},
                                          {"DELETE", "a", 5}}};
  // Made by an absolute name; seen as the folder of another name.
  (void)read({.number = 83, .paths = {{"PARENT", "/srv/", 76, kFolder},
                                      {"CREATE", "/srv/www", 77, kFolder}}});
  EXPECT_EQ(read(by_descriptor), "remove /srv/www/a");
  EXPECT_EQ(read(by_descriptor, 4), "remove ?<08:01:77>a");
  const test::CallPath in_srv{"PARENT", "/home/alice", 76, kFolder};
  EXPECT_EQ(read({.number = 258, .args = {4, 1, 0700},
                  .paths = {in_srv, {"CREATE", "d", 6, kFolder}}}),
            "create /srv/d");
  // A directory by its own number: there is no PARENT.
  EXPECT_EQ(read({.number = 268, .args = {4, 1, 0700}, .paths = {{"NORMAL", "d", 6, kFolder}}}),
            "mode /srv/d");
  EXPECT_EQ(read({.number = 91, .args = {4, 0700}, .paths = {{"NORMAL", "(null)", 6, kFolder}}}),
            "mode /srv/d");
  EXPECT_EQ(read({.number = 263, .args = {4}, .paths = {in_srv}, .error = 2}), "remove /srv/");
}

// cp -p: fchmod(2) and its like are given no name.
TEST_F(FileFactsTest, AFileThatTheProcessOpenedIsKnownByItsDescriptor) {
  const test::CallPath home{"PARENT", "/home/alice", 10, kFolder};
  const CallEvent mode{.number = 91, .args = {4, 0600}, .paths = {{"NORMAL", "(null)", 5}}};
  const CallEvent make = opened(0101, {home, {"CREATE", "a", 5}});
  EXPECT_EQ(read(mode), "mode ");
  EXPECT_EQ(read(make), "create /home/alice/a");
  EXPECT_EQ(read(mode), "mode /home/alice/a");
  EXPECT_EQ(read({.number = 93, .args = {4, 1, 1}, .paths = {{"NORMAL", "(null)", 5}}}),
            "owner /home/alice/a");
  EXPECT_EQ(read({.number = 91, .args = {4, 0600}, .paths = {{"NORMAL", "(null)", 6}}}), "mode ");
  // Another process has not opened it; in its working directory it may be called anything.
  const AuditEvent others = test::decoded(test::records_of(mode, 71));
  EXPECT_EQ(text_of(files_.read(others, 3)->path), "");
  // Renamed, itself or its folder, or removed, by anybody.
  (void)read({.number = 82, .paths = {home, home, {"DELETE", "a", 5}, {"CREATE", "b", 5}}}, 4);
  EXPECT_EQ(read(mode), "mode ");
  (void)read(make);
  (void)read({.number = 82, .paths = {{"PARENT", "/", 2, kFolder}, {"PARENT", "/", 2, kFolder},
                                      {"DELETE", "/home", 9, kFolder},
                                      {"CREATE", "/new", 9, kFolder}}}, 4);
  EXPECT_EQ(read(mode), "mode ");
  (void)read(make);
  (void)read({.number = 87, .paths = {home, {"DELETE", "a", 5}}}, 4);
  EXPECT_EQ(read(mode), "mode ");
  // Nobody saw it go, but the name is another file's now.
  (void)read(make);
  (void)read(opened(0101, {home, {"CREATE", "a", 6}}), 4);
  EXPECT_EQ(read(mode), "mode ");
  // What was not opened, or where nobody knows.
  (void)read(opened(01, {{"NORMAL", "a", 5}}, 13));
  EXPECT_EQ(read(mode), "mode ");
  (void)read({.number = 257, .args = {4, 1, 1}, .paths = {{"NORMAL", "a", 5}}});
  EXPECT_EQ(read(mode), "mode ");
  (void)read(make);
  (void)read({.number = 165, .paths = {{"NORMAL", "/srv", 76, kFolder}}}, 8);  // a mount
  EXPECT_EQ(read(mode), "mode ");
}

TEST_F(FileFactsTest, AFolderThatTheDescriptorWasSeenToLeadTo) {
  const test::CallPath in_77{"PARENT", "/home/alice", 77, kFolder};
  const CallEvent remove{.number = 263, .args = {4}, .paths = {in_77, {"DELETE", "a", 5}}};
  EXPECT_EQ(asks(remove), "4 of 77");
  EXPECT_EQ(read_seeing(remove, {}), "?<08:01:77>a") << "closed since";
  EXPECT_EQ(read_seeing(remove, {{4, "08:01", 77, "/srv"}}), "/srv/a");
  EXPECT_EQ(read(remove), "remove /srv/a") << "learnt";
  EXPECT_EQ(asks(remove), "nothing") << "and known";
  // What has no session learns nothing, and knows what was seen for it.
  const CallEvent of_nobody{.number = 263, .args = {4},
                            .paths = {{"PARENT", "/home/alice", 79, kFolder}, {"DELETE", "a", 5}}};
  EXPECT_EQ(read_seeing(of_nobody, {{4, "08:01", 79, "/var"}}, kUnsetId), "/var/a");
  EXPECT_EQ(read(of_nobody, kUnsetId), "remove ?<08:01:79>a");
  // Refused before the name was looked for.
  EXPECT_EQ(read_seeing({.number = 263, .args = {4},
                         .paths = {{"PARENT", "/home/alice", 80, kFolder}}, .error = 2},
                        {{4, "08:01", 80, "/"}}),
            "/");
}

// openat(4, "a", O_CREAT) of a file that is there: PARENT may be the folder of what a link led to,
// but not where the descriptor leads to it, too.
TEST_F(FileFactsTest, OpensOfWhatIsThereInAFolderThatWasSeen) {
  const CallEvent open{.number = 257, .args = {4, 1, 0101},
                       .paths = {{"PARENT", "/home/alice", 77, kFolder}, {"NORMAL", "a", 5}}};
  EXPECT_EQ(read_seeing(open, {{4, "08:01", 77, "/srv"}}), "/srv/a");
  EXPECT_EQ(read_seeing(open, {{4, "08:01", 78, "/srv"}}), "?<08:01:77>a") << "another directory";
  EXPECT_EQ(asks(open), "4 of 77") << "what the table knows is not enough here";
}

TEST_F(FileFactsTest, WhatNeedsNoLookAtTheDescriptorIsNotAskedFor) {
  const test::CallPath in_77{"PARENT", "/home/alice", 77, kFolder};
  EXPECT_EQ(asks({.number = 263, .args = {kCwd}, .paths = {in_77, {"DELETE", "a", 5}}}), "nothing");
  EXPECT_EQ(asks({.number = 87, .paths = {in_77, {"DELETE", "a", 5}}}), "nothing");
  EXPECT_EQ(asks({.number = 263, .args = {4}, .paths = {{"PARENT", "/tmp/", 9, kFolder},
                                                       {"DELETE", "/tmp/a", 5}}}), "nothing");
  // Its folder is below the one that the call was given.
  EXPECT_EQ(asks({.number = 263, .args = {4}, .paths = {{"PARENT", "sub/", 78, kFolder},
                                                       {"DELETE", "sub/a", 5}}}), "nothing");
  // Without a PARENT nothing says whether the descriptor is still what it was.
  EXPECT_EQ(asks({.number = 257, .args = {4, 1, 1}, .paths = {{"NORMAL", "a", 5}}}), "nothing");
  EXPECT_EQ(asks({.number = 59, .paths = {{"NORMAL", "/bin/ls", 5}}}), "nothing");
}

// renameat2(5, "a", 4, "b"): the records do not say whose PARENT is whose; the descriptors do.
TEST_F(FileFactsTest, TwoFoldersThatWereSeen) {
  const test::CallPath one{"PARENT", "/home/alice", 77, kFolder},
      other{"PARENT", "/home/alice", 78, kFolder};
  const CallEvent move{.number = 316, .args = {5, 1, 4, 1},
                       .paths = {one, other, {"DELETE", "a", 5}, {"CREATE", "b", 5}}};
  const DirectorySeen first{5, "08:01", 77, "/srv"}, second{4, "08:01", 78, "/var"};
  EXPECT_EQ(asks(move), "5 4 of 77 78");
  EXPECT_EQ(read_seeing(move, {first, second}), "/srv/a -> /var/b");
  CallEvent swapped = move;
  swapped.args = {4, 1, 5, 1};
  EXPECT_EQ(read_seeing(swapped, {first, second}), "/var/a -> /srv/b");
  // A number that is another directory's by then: both lead to the same one.
  files_ = FileFacts();
  const DirectorySeen moved{5, "08:01", 78, "/var"};
  EXPECT_EQ(read_seeing(move, {moved, second}), "?a -> ?b");
  files_ = FileFacts();
  EXPECT_EQ(read_seeing(move, {first}), "?a -> ?b") << "it could be the other's";
  // mv into another folder: the working directory is one of them, and not the descriptor's.
  CallEvent from_cwd = move;
  from_cwd.args = {kCwd, 1, 4, 1};
  files_ = FileFacts();
  EXPECT_EQ(asks(from_cwd), "4 of 77 78");
  EXPECT_EQ(read_seeing(from_cwd, {second}), "/home/alice/a -> /var/b");
  files_ = FileFacts();
  const DirectorySeen cwd{4, "08:01", 77, "/home/alice"};
  EXPECT_EQ(read_seeing(from_cwd, {cwd}), "/home/alice/a -> ?<08:01:78>b")
      << "the number is the working directory's by now";
}

// linkat, mkdirat, symlinkat: each has its directory at another place.
TEST_F(FileFactsTest, EveryCallsDescriptorsAreKnown) {
  const test::CallPath in_77{"PARENT", "/home/alice", 77, kFolder};
  const std::vector<DirectorySeen> seen = {{9, "08:01", 77, "/srv"}};
  const CallEvent mkdirat{.number = 258, .args = {9, 1, 0700},
                          .paths = {in_77, {"CREATE", "d", 6, kFolder}}};
  EXPECT_EQ(asks(mkdirat), "9 of 77");
  EXPECT_EQ(read_seeing(mkdirat, seen), "/srv/d");
  files_ = FileFacts();
  const CallEvent linkat{.number = 265, .args = {kCwd, 1, 9, 1},
                         .paths = {{"NORMAL", "/etc/hosts", 5}, in_77, {"CREATE", "h", 5}}};
  EXPECT_EQ(asks(linkat), "9 of 77");
  EXPECT_EQ(read_seeing(linkat, seen), "/etc/hosts -> /srv/h");
  files_ = FileFacts();
  const CallEvent symlinkat{.number = 266, .args = {1, 9, 1},
                            .paths = {{"UNKNOWN", "../t", 0}, in_77, {"CREATE", "l", 7, 0120777}}};
  EXPECT_EQ(asks(symlinkat), "9 of 77");
  EXPECT_EQ(read_seeing(symlinkat, seen), "?../t -> /srv/l") << "a target is text";
  EXPECT_TRUE(last_.new_path.resolved);
}

TEST_F(FileFactsTest, TheWorkingDirectoryOfMvIntoAnotherFolder) {
  // mv a www/: renameat2(AT_FDCWD, "a", 4, "a"); both PARENTs have the working directory's name.
  const test::CallPath home{"PARENT", "/home/alice", 10, kFolder},
      www{"PARENT", "/home/alice", 77, kFolder};
  const CallEvent move{.number = 316, .args = {kCwd, 1, 4, 1},
                       .paths = {www, home, {"DELETE", "a", 5}, {"CREATE", "a", 5}}};
  EXPECT_EQ(read(move), "rename /home/alice/a -> ?a");
  (void)read({.number = 87, .paths = {home, {"DELETE", "x", 9}}});  // now 10 is known
  EXPECT_EQ(read(move), "rename /home/alice/a -> ?<08:01:77>a");
  (void)read({.number = 83, .paths = {home, {"CREATE", "www", 77, kFolder}}});
  EXPECT_EQ(read(move), "rename /home/alice/a -> /home/alice/www/a");
  // Two descriptors: whose folder is whose, nobody says.
  EXPECT_EQ(read({.number = 316, .args = {5, 1, 4, 1},
                  .paths = {www, home, {"DELETE", "a", 5}, {"CREATE", "a", 5}}}),
            "rename ?a -> ?a");
}

// Where its new name is not certain, a directory that moves must not be called by its old one.
TEST_F(FileFactsTest, AMovedDirectoryIsNotWhereItWas) {
  (void)read({.number = 83, .paths = {{"PARENT", "/srv/", 76, kFolder},
                                      {"CREATE", "/srv/www", 77, kFolder}}});
  EXPECT_EQ(read({.number = 316, .args = {5, 1, 4, 1},
                  .paths = {{"PARENT", "/home/alice", 80, kFolder},
                            {"PARENT", "/home/alice", 76, kFolder},
                            {"DELETE", "www", 77, kFolder}, {"CREATE", "moved", 77, kFolder}}}),
            "rename ?www -> ?moved");
  EXPECT_EQ(read({.number = 268, .args = {4, 1, 0700}, .paths = {{"NORMAL", "x", 77, kFolder}}}),
            "mode ?x");
}

// renameat2(RENAME_EXCHANGE): both directories are elsewhere now, with all below them.
TEST_F(FileFactsTest, DirectoriesThatAreExchanged) {
  const auto made = [&](const char* name, uint64_t inode) {
    (void)read({.number = 83, .paths = {{"PARENT", "/srv/", 76, kFolder},
                                        {"CREATE", std::string("/srv/") + name, inode, kFolder}}});
  };
  const auto removed_in = [&](uint64_t inode) {
    return read({.number = 263, .args = {4},
                 .paths = {{"PARENT", "/home/alice", inode, kFolder}, {"DELETE", "x", 5}}});
  };
  made("a", 77);
  made("a/in", 78);
  made("b", 87);
  made("b/in", 88);
  const test::CallPath srv{"PARENT", "/srv/", 76, kFolder};
  EXPECT_EQ(read({.number = 316, .args = {kCwd, 1, kCwd, 1},
                  .paths = {srv, srv, {"DELETE", "/srv/a", 77, kFolder},
                            {"DELETE", "/srv/b", 87, kFolder}, {"CREATE", "/srv/b", 77, kFolder},
                            {"CREATE", "/srv/a", 87, kFolder}}}),
            "exchange /srv/a -> /srv/b");
  EXPECT_EQ(removed_in(77), "remove /srv/b/x");
  EXPECT_EQ(removed_in(87), "remove /srv/a/x");
  EXPECT_EQ(removed_in(78), "remove ?<08:01:78>x");
  EXPECT_EQ(removed_in(88), "remove ?<08:01:88>x");
  // By descriptors of directories that are not known: whatever was below, in each session.
  made("c", 99);
  const test::CallPath one{"PARENT", "/home/alice", 200, kFolder},
      other{"PARENT", "/home/alice", 201, kFolder};
  EXPECT_EQ(read({.number = 316, .args = {5, 1, 6, 1},
                  .paths = {one, other, {"DELETE", "p", 300, kFolder},
                            {"DELETE", "q", 301, kFolder}, {"CREATE", "q", 300, kFolder},
                            {"CREATE", "p", 301, kFolder}}}, 4),
            "exchange ?p -> ?q");
  EXPECT_EQ(removed_in(99), "remove ?<08:01:99>x");
  // A file with a directory.
  made("c", 99);
  (void)read({.number = 316, .args = {5, 1, 6, 1},
              .paths = {one, other, {"DELETE", "p", 300}, {"DELETE", "q", 301, kFolder},
                        {"CREATE", "q", 300}, {"CREATE", "p", 301, kFolder}}}, 4);
  EXPECT_EQ(removed_in(99), "remove ?<08:01:99>x");
}

TEST_F(FileFactsTest, FoldersThatMoveOrGoAreForgotten) {
  const CallEvent in_77{.number = 263, .args = {4},
                        .paths = {{"PARENT", "/home/alice", 77, kFolder}, {"DELETE", "a", 5}}};
  const CallEvent make{.number = 83, .paths = {{"PARENT", "/srv/", 76, kFolder},
                                               {"CREATE", "/srv/www", 77, kFolder}}};
  const CallEvent rename_above{
      .number = 82, .paths = {{"PARENT", "/", 2, kFolder}, {"PARENT", "/", 2, kFolder},
                              {"DELETE", "/srv", 76, kFolder}, {"CREATE", "/new", 76, kFolder}}};
  (void)read(make);
  EXPECT_EQ(read(in_77), "remove /srv/www/a");
  (void)read(rename_above, 9);  // in another session
  EXPECT_EQ(read(in_77), "remove ?<08:01:77>a");
  (void)read(make);
  CallEvent refused = rename_above;
  refused.error = 13;
  (void)read(refused);
  EXPECT_EQ(read(in_77), "remove /srv/www/a");
  // Removed, and its number given to another one, which is seen.
  (void)read({.number = 84, .paths = {{"PARENT", "/srv/", 76, kFolder},
                                      {"DELETE", "/srv/www", 77, kFolder}}});
  EXPECT_EQ(read(in_77), "remove ?<08:01:77>a");
  (void)read(make);
  (void)read({.number = 258, .args = {4}, .paths = {{"PARENT", "/home/alice", 99, kFolder},
                                                   {"CREATE", "other", 77, kFolder}}});
  EXPECT_EQ(read(in_77), "remove ?<08:01:77>a");
  // The link goes over which a path was known.
  (void)read(make);
  (void)read({.number = 87, .paths = {{"PARENT", "/", 2, kFolder},
                                      {"DELETE", "/srv", 8, 0120777}}});
  EXPECT_EQ(read(in_77), "remove ?<08:01:77>a");
}

TEST_F(FileFactsTest, AnotherTreeOfFiles) {
  const CallEvent in_77{.number = 263, .args = {4},
                        .paths = {{"PARENT", "/home/alice", 77, kFolder}, {"DELETE", "a", 5}}};
  const CallEvent make{.number = 83, .paths = {{"PARENT", "/srv/", 76, kFolder},
                                               {"CREATE", "/srv/www", 77, kFolder}}};
  (void)read(make);
  EXPECT_EQ(read({.number = 272, .args = {0x10000000}}), "none");  // unshare(CLONE_NEWUSER)
  EXPECT_EQ(read(in_77), "remove /srv/www/a");
  EXPECT_EQ(read({.number = 161, .paths = {{"NORMAL", "/x", 5}}, .error = 1}), "none");  // chroot
  EXPECT_EQ(read(in_77), "remove /srv/www/a");
  (void)read({.number = 165, .paths = {{"NORMAL", "/srv", 76, kFolder}}}, 8);  // a mount
  EXPECT_EQ(read(in_77), "remove ?<08:01:77>a");
  (void)read(make);
  EXPECT_EQ(read({.number = 161, .paths = {{"NORMAL", "/x", 5}}}), "none");
  (void)read(make);
  EXPECT_EQ(read(in_77), "remove ?<08:01:77>a");
  for (const auto& [call, flags] : {std::pair{272u, uint64_t{0x20000}}, {308u, uint64_t{0}}}) {
    (void)read(make, call);
    EXPECT_EQ(read(in_77, call), "remove /srv/www/a");
    EXPECT_EQ(read({.number = call, .args = {flags}}, call), "none");
    EXPECT_EQ(read(in_77, call), "remove ?<08:01:77>a");
  }
}

// rm /etc/passwd in there is not the host's.
TEST_F(FileFactsTest, NoPathIsTheHostsInAnotherRoot) {
  const CallEvent passwd{.number = 87, .paths = {{"PARENT", "/etc/", 11, kFolder},
                                                 {"DELETE", "/etc/passwd", 5}}};
  const CallEvent mode{.number = 90, .args = {1, 0600}, .paths = {{"NORMAL", "a", 5}}};
  const CallEvent link{.number = 88, .paths = {{"PARENT", "/home/alice", 10, kFolder},
                                               {"UNKNOWN", "/etc"}, {"CREATE", "l", 8}}};
  // setns(CLONE_NEWNET), and another session's chroot.
  EXPECT_EQ(read({.number = 308, .args = {3, 0x40000000}}), "none");
  EXPECT_EQ(read({.number = 161, .paths = {{"NORMAL", "/x", 5}}}, 4), "none");
  EXPECT_EQ(read(passwd), "remove /etc/passwd");
  EXPECT_EQ(read(link), "link /etc -> /home/alice/l");
  for (const CallEvent& call : {CallEvent{.number = 161, .paths = {{"NORMAL", "/x", 5}}},
                                CallEvent{.number = 155}, CallEvent{.number = 308, .args = {3, 0}},
                                CallEvent{.number = 308, .args = {3, 0x20000}},
                                CallEvent{.number = 272, .args = {0x20000}}}) {
    const uint32_t ses = 100 + call.number;
    (void)read(call, ses);
    EXPECT_EQ(read(passwd, ses), "remove ?/etc/passwd") << call.number;
    EXPECT_EQ(read(mode, ses), "mode ?/home/alice/a");
    EXPECT_EQ(read(link, ses), "link ?/etc -> ?/home/alice/l");
    EXPECT_EQ(read({.number = 87, .paths = {{"PARENT", "/etc/", 11, kFolder}}, .error = 2}, ses),
              "remove ?/etc/");
  }
  EXPECT_EQ(read(passwd), "remove /etc/passwd");
}

// Nor by what a descriptor leads to, which is a path in there.
TEST_F(FileFactsTest, InAnotherRootNoDescriptorIsAskedAbout) {
  const CallEvent remove{.number = 263, .args = {4},
                         .paths = {{"PARENT", "/home/alice", 77, kFolder}, {"DELETE", "a", 5}}};
  EXPECT_EQ(asks(remove), "4 of 77");
  (void)read({.number = 161, .paths = {{"NORMAL", "/x", 5}}});
  EXPECT_EQ(asks(remove), "nothing");
  EXPECT_EQ(read_seeing(remove, {{4, "08:01", 77, "/srv"}}), "?<08:01:77>a");
}

// cd /etc; chmod 755 /proc/self/cwd/.; whoever else has that link is elsewhere.
TEST_F(FileFactsTest, WhatLeadsThroughAProcessIsNotKnownByIt) {
  const CallEvent in_77{.number = 263, .args = {4},
                        .paths = {{"PARENT", "/home/alice", 77, kFolder}, {"DELETE", "a", 5}}};
  EXPECT_EQ(read({.number = 90, .args = {1, 0755},
                  .paths = {{"NORMAL", "/proc/self/cwd/.", 77, kFolder}}}),
            "mode ?/proc/self/cwd");
  EXPECT_EQ(read({.number = 90, .args = {1, 0755}, .paths = {{"NORMAL", "cwd/.", 77, kFolder}},
                  .cwd = "/proc/70"}),
            "mode ?/proc/70/cwd");
  EXPECT_EQ(read({.number = 83, .paths = {{"PARENT", "/dev/fd/3/", 76, kFolder},
                                          {"CREATE", "/dev/fd/3/b", 77, kFolder}}}),
            "create ?<08:01:76>b");
  EXPECT_EQ(read({.number = 87, .paths = {{"PARENT", "/proc/self/cwd/", 77, kFolder}},
                  .error = 2}), "remove ?<08:01:77>");
  EXPECT_EQ(read(in_77), "remove ?<08:01:77>a");
  // Where its folder is known otherwise, that is where it is.
  (void)read({.number = 83, .paths = {{"PARENT", "/srv/", 76, kFolder},
                                      {"CREATE", "/srv/www", 77, kFolder}}});
  EXPECT_EQ(read({.number = 87, .paths = {{"PARENT", "/proc/self/cwd/", 77, kFolder},
                                          {"DELETE", "/proc/self/cwd/hosts", 5}}}),
            "remove /srv/www/hosts");
  EXPECT_EQ(read({.number = 87, .paths = {{"PARENT", "/proc/self/cwd/", 77, kFolder}},
                  .error = 2}), "remove /srv/www/");
  // A link may be made to it; the process that follows it is not known.
  EXPECT_EQ(read({.number = 88, .paths = {{"PARENT", "/home/alice", 10, kFolder},
                                          {"UNKNOWN", "/proc/self/cwd"}, {"CREATE", "l", 8}}}),
            "link ?/proc/self/cwd -> /home/alice/l");
}

TEST_F(FileFactsTest, ADirectoryThatIsTheRootOfOneCall) {
  const auto opened_in = [](const char* resolve, std::vector<test::CallPath> paths,
                            uint64_t folder) {
    return CallEvent{.number = 437, .args = {folder}, .paths = std::move(paths),
                     .others = {{1337, std::string("oflag=0101 mode=0640 resolve=") + resolve}}};
  };
  const test::CallPath etc{"PARENT", "/etc/", 77, kFolder}, shadow{"CREATE", "/etc/shadow", 5};
  EXPECT_EQ(read(opened_in("0x10", {etc, shadow}, 4)), "create ?<08:01:77>shadow");
  EXPECT_EQ(read(opened_in("0x10", {{"NORMAL", "/etc/shadow", 5}}, 4)), "write ?/etc/shadow");
  EXPECT_EQ(read(opened_in("0x12", {{"NORMAL", "../../a", 5}}, kCwd)), "write ?../../a");
  EXPECT_EQ(read(opened_in("0x10", {etc}, 4)), "create ?<08:01:77>");
  EXPECT_EQ(read(opened_in("0x8", {etc, shadow}, 4)), "create /etc/shadow");
  // The folder's number is its own, whatever the root.
  (void)read({.number = 87, .paths = {{"PARENT", "/srv/", 77, kFolder}, {"DELETE", "/srv/x", 6}}});
  EXPECT_EQ(read(opened_in("0x10", {etc, shadow}, 4)), "create /srv/shadow");
  // What the call was told did not come.
  EXPECT_EQ(read({.number = 437, .args = {4}, .paths = {{"NORMAL", "/etc/shadow", 5}}}),
            "unknown ?/etc/shadow");
}

// open(2) follows a link at the end of a path, and PARENT then is the folder of what it leads to.
TEST_F(FileFactsTest, AnOpenThatMayHaveFollowedALink) {
  (void)read({.number = 83, .paths = {{"PARENT", "/srv/", 76, kFolder},
                                      {"CREATE", "/srv/www", 77, kFolder}}});
  const test::CallPath parent{"PARENT", "/home/alice", 77, kFolder};
  EXPECT_EQ(read({.number = 257, .args = {4, 1, 0101}, .paths = {parent, {"NORMAL", "link", 5}}}),
            "write ?<08:01:77>link");
  EXPECT_EQ(read({.number = 257, .args = {4, 1, 0101}, .paths = {parent, {"CREATE", "new", 5}}}),
            "create /srv/www/new");
  // Nor is anything learnt of it: this PARENT is not /home/alice.
  (void)read({.number = 257, .args = {kCwd, 1, 0101},
              .paths = {{"PARENT", "/home/alice", 90, kFolder}, {"NORMAL", "link", 5}}});
  EXPECT_EQ(read({.number = 263, .args = {4}, .paths = {{"PARENT", "/home/alice", 90, kFolder},
                                                       {"DELETE", "a", 5}}}),
            "remove ?<08:01:90>a");
}

TEST_F(FileFactsTest, WithoutAWorkingDirectory) {
  EXPECT_EQ(read({.number = 87, .paths = {{"PARENT", "(null)", 10, kFolder}, {"DELETE", "a", 5}},
                  .cwd = ""}), "remove ?<08:01:10>a");
  EXPECT_EQ(read({.number = 90, .args = {1, 0600}, .paths = {{"NORMAL", "a", 5}},
                  .cwd = "/gone (deleted)"}), "mode ?a");
}

TEST_F(FileFactsTest, RingOperationsHaveNoArguments) {
  const auto ring = [](int op, std::vector<test::Record> paths) {
    std::vector<test::Record> records = {
        {1336, test::stamp(5000, 1) + "uring_op=" + std::to_string(op) +
                   " success=yes exit=0 items=2 ppid=60 pid=70 uid=0 gid=0 euid=0 suid=0 fsuid=0 "
                   "egid=0 sgid=0 fsgid=0 key=\"ring\""},
        {1307, test::stamp(5000, 1) + "cwd=\"/home/alice\""}};
    for (test::Record& path : paths) {
      records.push_back({1302, test::stamp(5000, 1) + path.text});
    }
    return test::decoded(records);
  };
  const std::string parent = "item=0 name=\"/home/alice\" inode=77 dev=08:01 mode=040755 ouid=0 "
                             "ogid=0 rdev=00:00 nametype=PARENT";
  const std::string gone = "item=1 name=\"a\" inode=5 dev=08:01 mode=0100644 ouid=0 ogid=0 "
                           "rdev=00:00 nametype=DELETE";
  const AuditEvent removed = ring(36, {{0, parent}, {0, gone}});
  EXPECT_EQ(call_of(removed), "unlinkat");
  const auto access = files_.read(removed, kUnsetId);
  ASSERT_TRUE(access.has_value());
  EXPECT_EQ(access->operation, Op::remove);
  EXPECT_EQ(text_of(access->path), "?<08:01:77>a");
  const auto opened = files_.read(ring(18, {{0, parent}}), kUnsetId);
  ASSERT_TRUE(opened.has_value());
  EXPECT_EQ(opened->operation, Op::unknown);
  EXPECT_FALSE(files_.read(ring(22, {}), kUnsetId).has_value());  // read
}

}  // namespace
}  // namespace spoor::agent
