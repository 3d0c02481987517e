#include "agent/doctor/journald_audit.h"

#include <gtest/gtest.h>

#include "tests/support/fake_files.h"
#include "tests/unit/agent/doctor/fake_calls.h"

namespace spoor::agent {
namespace {

using Does = JournaldAudit::Does;

class JournaldAuditTest : public testing::Test {
 protected:
  void put(const std::string& path, const std::string& line) {
    files_.put(path, "[Journal]\n" + line + "\n");
  }
  JournaldAudit look() {
    auto found = read_journald_audit(files_, calls_);
    EXPECT_TRUE(found.is_ok());
    return found.is_ok() ? std::move(found).value() : JournaldAudit{};
  }
  FakeFiles files_;
  FakeCalls calls_;
};

TEST_F(JournaldAuditTest, OneMainFileCounts) {
  EXPECT_EQ(look().does, Does::leaves_alone);
  put("/usr/lib/systemd/journald.conf", "Audit=no");
  EXPECT_EQ(look().does, Does::switches_off);
  EXPECT_EQ(look().because, "Audit=no in /usr/lib/systemd/journald.conf");
  put("/etc/systemd/journald.conf", "Audit=yes");
  EXPECT_EQ(look().does, Does::switches_on);
}

TEST_F(JournaldAuditTest, AdditionsAreSortedByNameOverAllFolders) {
  put("/etc/systemd/journald.conf", "Audit=yes");
  put("/usr/lib/systemd/journald.conf.d/50-vendor.conf", "Audit=no");
  EXPECT_EQ(look().does, Does::switches_off) << "any addition is above the main file";
  put("/etc/systemd/journald.conf.d/10-site.conf", "Audit=yes");
  EXPECT_EQ(look().because, "Audit=no in /usr/lib/systemd/journald.conf.d/50-vendor.conf")
      << "the later name wins, whatever its folder";
  put("/run/systemd/journald.conf.d/60-run.conf", "Audit=yes");
  EXPECT_EQ(look().does, Does::switches_on);
  put("/etc/systemd/journald.conf.d/99.txt", "Audit=no");
  EXPECT_EQ(look().does, Does::switches_on) << "only *.conf";
}

TEST_F(JournaldAuditTest, OfOneNameTheStrongerFolderCounts) {
  put("/usr/lib/systemd/journald.conf.d/50-vendor.conf", "Audit=no");
  put("/usr/local/lib/systemd/journald.conf.d/50-vendor.conf", "Audit=yes");
  EXPECT_EQ(look().does, Does::switches_on);
  put("/run/systemd/journald.conf.d/50-vendor.conf", "Audit=no");
  EXPECT_EQ(look().does, Does::switches_off);
  files_.put("/etc/systemd/journald.conf.d/50-vendor.conf", "");
  EXPECT_EQ(look().does, Does::leaves_alone);
}

TEST_F(JournaldAuditTest, AMaskedMainFileIsAnEmptyOne) {
  put("/usr/lib/systemd/journald.conf", "Audit=no");
  calls_.null_devices = {"/etc/systemd/journald.conf"};
  EXPECT_EQ(look().does, Does::leaves_alone);
}

TEST_F(JournaldAuditTest, WordsAreSystemds) {
  for (const char* no : {"no", "No", "off", "0", "false", "f", "n"}) {
    put("/etc/systemd/journald.conf", std::string("Audit = ") + no);
    EXPECT_EQ(look().does, Does::switches_off) << no;
  }
  for (const char* yes : {"yes", "on", "1", "TRUE", "t", "y"}) {
    put("/etc/systemd/journald.conf", std::string("Audit=") + yes);
    EXPECT_EQ(look().does, Does::switches_on) << yes;
  }
  put("/etc/systemd/journald.conf", "Audit=no\nAudit=perhaps");
  EXPECT_EQ(look().does, Does::switches_off) << "what is neither is ignored";
  put("/etc/systemd/journald.conf", "Audit=no\nAudit=");
  EXPECT_EQ(look().does, Does::leaves_alone);
  files_.put("/etc/systemd/journald.conf", "[Other]\nAudit=no\n");
  EXPECT_EQ(look().does, Does::leaves_alone);
}

// As Debian 12 ships it: its journald was built with `no`.
TEST_F(JournaldAuditTest, TheDefaultStandsInAComment) {
  put("/etc/systemd/journald.conf", "#ReadKMsg=yes\n#Audit=no");
  EXPECT_EQ(look().does, Does::switches_off);
  EXPECT_EQ(look().because, "its default, #Audit=no in /etc/systemd/journald.conf");
  put("/etc/systemd/journald.conf.d/spoor.conf", "Audit=");
  EXPECT_EQ(look().does, Does::leaves_alone);
  put("/etc/systemd/journald.conf", "Audit=yes\n#Audit=no");
  files_.put("/etc/systemd/journald.conf.d/spoor.conf", "[Journal]\n#Audit=no\n");
  EXPECT_EQ(look().does, Does::switches_on) << "a comment beside a setting, or elsewhere, is none";
}

TEST_F(JournaldAuditTest, AFileThatCannotBeReadIsToldOf) {
  put("/etc/systemd/journald.conf", "Audit=yes");
  files_.fail_next(FakeFiles::Operation::read, denied("no"));
  EXPECT_EQ(read_journald_audit(files_, calls_).code(), Code::denied);
}

}  // namespace
}  // namespace spoor::agent
