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

}  // namespace
}  // namespace spoor::agent
