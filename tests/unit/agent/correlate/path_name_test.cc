#include "agent/correlate/path_name.h"

namespace spoor::agent {
namespace {

TEST(PathName, AbsoluteWhereThatIsTrue) {
  struct Case {
    const char *cwd, *name, *path;
  };
  for (const Case& each : {
           Case{"/home/alice", "notes", "/home/alice/notes"},
           {"/home/alice", "/etc/passwd", "/etc/passwd"},
           {"/home/alice", "./a//b/./c/", "/home/alice/a/b/c"},
           {"/home/alice", "../bob/x", "/home/bob/x"},
           {"/home/alice", "../../../../x", "/x"},
           {"/home/alice", ".", "/home/alice"},
           {"/home/alice", "..", "/home"},
           {"/", "x", "/x"},
           {"/", "..", "/"},
           {"/home/alice", "//etc//", "/etc"},
           {"/home/alice", "/../x", "/x"},
           {"/home/alice", "/", "/"},
           // `link` may lead anywhere, and so may its parent.
           {"/home/alice", "link/../x", "/home/alice/link/../x"},
           {"/home/alice", "../link/../x", "/home/link/../x"},
           {"/home/alice", "/a/../b", "/a/../b"},
           {"", "/etc/passwd", "/etc/passwd"},
       }) {
    std::string path;
    EXPECT_TRUE(absolute_path(each.cwd, each.name, path)) << each.name;
    EXPECT_EQ(path, each.path) << each.cwd << " " << each.name;
  }
}

TEST(PathName, NoFolderToBeginWith) {
  for (const char* cwd : {"", "home", "/home/alice (deleted)"}) {
    std::string path = "before";
    EXPECT_FALSE(absolute_path(cwd, "x", path)) << cwd;
    EXPECT_EQ(path, "");
  }
}

TEST(PathName, FolderAndLastName) {
  EXPECT_EQ(folder_of("/etc/passwd"), "/etc");
  EXPECT_EQ(folder_of("/etc"), "/");
  EXPECT_EQ(folder_of("/"), "/");
  EXPECT_EQ(folder_of("etc"), "");
  EXPECT_EQ(last_name("etc/passwd"), "passwd");
  EXPECT_EQ(last_name("passwd//"), "passwd");
  EXPECT_EQ(last_name("a/.."), "");
  EXPECT_EQ(last_name("."), "");
  EXPECT_EQ(last_name("/"), "");
  EXPECT_EQ(last_name(""), "");
}

TEST(PathName, LinksThatEachProcessSeesOtherwise) {
  for (const char* path :
       {"/proc/self/cwd", "/proc/self/cwd/.", "/proc/17/root/etc", "/proc/thread-self/fd/3/x",
        "/proc/1/task/1/cwd/a", "/proc/./self//exe", "/etc/../proc/self/cwd/x",
        "/proc/sys/../self/root", "/srv/jail/proc/9/cwd", "/dev/fd", "/dev/fd/3", "/dev/stdout",
        "//dev/./stdin", "/etc/../dev/stderr", "/dev/shm/../fd/3", "/proc/1/map_files/1-2"}) {
    EXPECT_TRUE(passes_process_link(path)) << path;
  }
  for (const char* path :
       {"", "/", "/proc", "/proc/", "/dev/", "/proc/self", "/proc/self/oom_score_adj",
        "/proc/self/ns/mnt", "/proc/sys/kernel/core_pattern", "/proc/cwd", "/proc/1a/cwd",
        "/home/alice/dev/fd/main.c",
        "/dev/null", "/dev/fdset", "/srv/2024/root/x", "/usr/src/fs/proc/root.c", "/etc/cwd"}) {
    EXPECT_FALSE(passes_process_link(path)) << path;
  }
}

}  // namespace
}  // namespace spoor::agent
