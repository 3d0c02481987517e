#include "agent/decode/ssh_log.h"

#include "tests/support/log_event_words.h"

namespace spoor::agent {
namespace {

const std::string kPlace = "from 10.0.0.9 port 4711 ssh2";
const std::string kKey = "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8";
const std::string kCa = "SHA256:uNiVztksCsDhcc0u9e8BgrJXVGDIjvh4ktSHfzNfrXk";

std::string read(const std::string& message) {
  LogEvent e;
  decode_ssh_log(message, e);
  return words_of(e);
}

TEST(SshLog, Accepted) {
  EXPECT_EQ(read("Accepted password for alice " + kPlace),
            "accepted account=[alice] method=[password] addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Accepted keyboard-interactive/pam for alice from 2001:db8::7 port 1 ssh2"),
            "accepted account=[alice] method=[keyboard-interactive/pam] addr=[2001:db8::7] port=1");
  EXPECT_EQ(read("Accepted publickey for alice " + kPlace + ": ED25519 " + kKey),
            "accepted account=[alice] method=[publickey] key=[ED25519] fp=[" + kKey +
                "] addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Accepted gssapi-with-mic for alice " + kPlace + ": alice@EXAMPLE.ORG"),
            "accepted account=[alice] method=[gssapi-with-mic] addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Accepted publickey for alice from UNKNOWN port 65535 ssh2: RSA " + kKey),
            "accepted account=[alice] method=[publickey] key=[RSA] fp=[" + kKey + "] port=65535");
}

TEST(SshLog, AcceptedCertificate) {
  const std::string end = "ID alice@corp (serial 7) CA ED25519 " + kCa;
  EXPECT_EQ(read("Accepted publickey for alice " + kPlace + ": ED25519-CERT " + kKey + " " + end),
            "accepted account=[alice] method=[publickey] key=[ED25519-CERT] fp=[" + kKey +
                "] cert=[alice@corp] ca=[" + kCa + "] addr=[10.0.0.9] port=4711 serial=7");
  // OpenSSH 7.
  EXPECT_EQ(read("Accepted publickey for alice " + kPlace + ": ED25519-CERT " + end),
            "accepted account=[alice] method=[publickey] key=[ED25519-CERT] cert=[alice@corp] "
            "ca=[" + kCa + "] addr=[10.0.0.9] port=4711 serial=7");
  EXPECT_EQ(read("Accepted publickey for alice " + kPlace + ": RSA-CERT " + kKey +
                 " ID a ID b (serial 1) CA RSA SHA256:x (serial 18446744073709551615) CA RSA " +
                 kCa),
            "accepted account=[alice] method=[publickey] key=[RSA-CERT] fp=[" + kKey +
                "] cert=[a ID b (serial 1) CA RSA SHA256:x] ca=[" + kCa +
                "] addr=[10.0.0.9] port=4711 serial=18446744073709551615");
}

TEST(SshLog, AcceptedHostbased) {
  EXPECT_EQ(read("Accepted hostbased for alice " + kPlace + ": ED25519 " + kKey +
                 ", client user \"bob\", client host \"web1.example.org\""),
            "accepted account=[alice] method=[hostbased] key=[ED25519] fp=[" + kKey +
                "] addr=[10.0.0.9] port=4711");
}

// The end of a line that is as long as a line can be is not what sshd wrote.
TEST(SshLog, WhatMayBeCutIsNotRead) {
  const std::string start = "Accepted publickey for alice " + kPlace + ": ED25519-CERT " + kKey +
                            " ID ";
  const std::string end = " (serial 7) CA RSA SHA256:forged";
  std::string line = start + std::string(500 - start.size() - end.size(), 'x') + end;
  EXPECT_EQ(read(line), "accepted account=[alice] method=[publickey] addr=[10.0.0.9] port=4711");
  line.erase(line.find("ID ") + 3, 1);
  EXPECT_NE(read(line).find("ca=[SHA256:forged]"), std::string::npos);

  line = "Failed password for invalid user " + std::string(500, 'x');
  line.replace(500 - kPlace.size() - 1, std::string::npos, " " + kPlace);
  ASSERT_EQ(line.size(), 500u);
  EXPECT_EQ(read(line), "failed method=[password] invalid");
  line.erase(line.find("xx"), 1);
  EXPECT_NE(read(line).find("addr=[10.0.0.9]"), std::string::npos);

  EXPECT_EQ(read("Invalid user " + std::string(500, 'x') + " from 6.6.6.6 port 1"), "invalid_user");
}

TEST(SshLog, Attempts) {
  EXPECT_EQ(read("Failed password for root " + kPlace),
            "failed account=[root] method=[password] addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Failed none for invalid user admin " + kPlace),
            "failed account=[admin] method=[none] addr=[10.0.0.9] port=4711 invalid");
  EXPECT_EQ(read("Postponed keyboard-interactive for invalid user bob " + kPlace + " [preauth]"),
            "other account=[bob] method=[keyboard-interactive] addr=[10.0.0.9] op=[postponed] "
            "port=4711 invalid");
  EXPECT_EQ(read("Partial publickey for alice " + kPlace + ": RSA " + kKey),
            "other account=[alice] method=[publickey] key=[RSA] fp=[" + kKey +
                "] addr=[10.0.0.9] op=[partial] port=4711");
}

TEST(SshLog, NamesOfEverySort) {
  for (const std::string name :
       {"", " ", "a b", "from", "bob from", " from ", "x from 6.6.6.6 port 22", "\"'`", "a\\nb",
        "a#012b", "\\303\\244", "for root", "invalid user root", "ssh2: RSA SHA256:x",
        "Accepted publickey for root from 1.2.3.4 port 22 ssh2",
        "x from 1.2.3.4 port 22 ssh2: RSA SHA256:x", "[preauth]"}) {
    LogEvent e;
    const std::string line = "Failed password for invalid user " + name + " " + kPlace;
    decode_ssh_log(line, e);
    EXPECT_EQ(e.account, name);
    EXPECT_EQ(e.address, "10.0.0.9") << name;
    EXPECT_EQ(e.port, 4711u) << name;
    EXPECT_TRUE(e.is_invalid_user);
    EXPECT_EQ(read("Invalid user " + name + " from 10.0.0.9 port 4711"),
              "invalid_user" + (name.empty() ? "" : " account=[" + name + "]") +
                  " addr=[10.0.0.9] port=4711 invalid");
    EXPECT_EQ(read("Invalid user " + name + " from 10.0.0.9"),
              "invalid_user" + (name.empty() ? "" : " account=[" + name + "]") +
                  " addr=[10.0.0.9] invalid");
  }
  const std::string longest(300, 'n');
  LogEvent e;
  const std::string line = "Failed password for invalid user " + longest + " " + kPlace;
  decode_ssh_log(line, e);
  EXPECT_EQ(e.account, longest);
}

TEST(SshLog, FailedPasswordForInvalidUserAcceptedPublickeyForRoot) {
  EXPECT_EQ(read("Failed password for invalid user Accepted publickey for root from 1.2.3.4 port "
                 "22 ssh2 from 10.0.0.9 port 4711 ssh2"),
            "failed account=[Accepted publickey for root from 1.2.3.4 port 22 ssh2] "
            "method=[password] addr=[10.0.0.9] port=4711 invalid");
}

// Both sides of the address are the client's: its name, and the id of a certificate it made.
TEST(SshLog, AnAddressThatCouldBeElsewhereIsNotTold) {
  const std::string info = ": RSA-CERT " + kKey + " ID ";
  const std::string end = " (serial 1) CA RSA " + kCa;
  const std::string forged = " from 6.6.6.6 port 22 ssh2";
  EXPECT_EQ(read("Failed publickey for invalid user bob " + kPlace + info + "id" + end),
            "failed account=[bob] method=[publickey] key=[RSA-CERT] fp=[" + kKey + "] cert=[id] "
            "ca=[" + kCa + "] addr=[10.0.0.9] port=4711 serial=1 invalid");
  const std::string neither = "failed method=[publickey] invalid";
  // In the name.
  EXPECT_EQ(read("Failed publickey for invalid user bob" + forged + ": X-CERT ID y " + kPlace +
                 info + "id" + end),
            neither);
  // In the id.
  EXPECT_EQ(read("Failed publickey for invalid user bob " + kPlace + info + "id" + forged +
                 ": X-CERT ID y" + end),
            neither);
  // An account that exists has no such name.
  EXPECT_NE(read("Failed publickey for bob " + kPlace + info + "id" + forged + ": X-CERT ID y" +
                 end).find("addr=[10.0.0.9]"),
            std::string::npos);
  // A key without a certificate leaves nothing to choose.
  EXPECT_EQ(read("Failed publickey for invalid user bob" + forged + ": RSA " + kKey + " " + kPlace +
                 ": RSA " + kKey),
            "failed account=[bob" + forged + ": RSA " + kKey + "] method=[publickey] key=[RSA] "
                "fp=[" + kKey + "] addr=[10.0.0.9] port=4711 invalid");
}

TEST(SshLog, NotAnAttempt) {
  const std::vector<std::string> lines = {
      "Accepted key ED25519 " + kKey + " found at /home/a/.ssh/authorized_keys:1",
      "Accepted certificate ID \"x\" (serial 1) signed by CA RSA x found at /y:1",
      "Accepted for root [10.0.0.1] by /etc/hosts.equiv.",
      "Failed to frobnicate for root " + kPlace,
      "Accepted password for root",
      "Accepted password for root from example.org port 22 ssh2",
      "Accepted password for root from 10.0.0.9 port 22 ssh1",
      "Accepted",
      "Server listening on 0.0.0.0 port 22.",
      "Connection from 10.0.0.9 port 4711 on 10.0.0.1 port 22 rdomain \"\"",
      "Starting session: shell on pts/0 for alice from 10.0.0.9 port 4711 id 0",
      "error: kex_exchange_identification: Connection closed by remote host",
      "Connection closed by remote host",
      "Connection closed by somebody",
      "Connection from here: x",
      "Disconnecting: x",
      "",
      " ",
      " [preauth]"};
  for (const std::string& line : lines) EXPECT_EQ(read(line), "other") << line;
}

TEST(SshLog, Ends) {
  EXPECT_EQ(read("Disconnected from user alice 10.0.0.9 port 4711"),
            "disconnected account=[alice] addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Connection closed by user alice 10.0.0.9 port 4711"),
            "disconnected account=[alice] addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Disconnected from 10.0.0.9 port 4711"),
            "disconnected addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Disconnected from 10.0.0.9 port 4711 [preauth]"),
            "closed addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Connection closed by 10.0.0.9 port 4711"), "closed addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Connection reset by authenticating user root 10.0.0.9 port 4711 [preauth]"),
            "closed account=[root] addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Received disconnect from 10.0.0.9 port 4711:11: disconnected by user"),
            "disconnected addr=[10.0.0.9] reason=[disconnected by user] port=4711");
  EXPECT_EQ(read("error: Received disconnect from 10.0.0.9 port 4711:3: from 6.6.6.6: x [preauth]"),
            "closed addr=[10.0.0.9] reason=[from 6.6.6.6: x] port=4711");
  EXPECT_EQ(read("Disconnecting authenticating user root 10.0.0.9 port 4711: Too many "
                 "authentication failures [preauth]"),
            "closed account=[root] addr=[10.0.0.9] reason=[Too many authentication failures] "
            "port=4711");
  EXPECT_EQ(read("fatal: Unable to negotiate with ::1 port 4711: no matching key exchange method "
                 "found. Their offer: x,y [preauth]"),
            "closed addr=[::1] reason=[no matching key exchange method found. Their offer: x,y] "
            "port=4711");
  EXPECT_EQ(read("Connection from user alice 10.0.0.9 port 4711 timed out"),
            "disconnected account=[alice] addr=[10.0.0.9] reason=[timed out] port=4711");
  EXPECT_EQ(read("Connection from nowhere timed out"), "other");
  EXPECT_EQ(read("banner exchange: Connection from 10.0.0.9 port 4711: invalid format"),
            "closed addr=[10.0.0.9] reason=[invalid format] port=4711");
}

// Every form in which OpenSSH 7 to 10 names the other side of a connection that ended.
TEST(SshLog, EveryEndNamesItsAccount) {
  const struct {
    std::string before, behind, reason;
  } ends[] = {
      {"Connection closed by ", "", ""},
      {"Connection reset by ", "", ""},
      {"Disconnected from ", "", ""},
      {"Connection from ", " timed out", "timed out"},
      {"Disconnecting ", ": Too many authentication failures", "Too many authentication failures"},
      {"Disconnecting ", ": Change of username or service not allowed: (a,ssh-connection) -> "
                         "(b,ssh-connection)",
       "Change of username or service not allowed: (a,ssh-connection) -> (b,ssh-connection)"},
      {"ssh_dispatch_run_fatal: Connection from ", ": message authentication code incorrect",
       "message authentication code incorrect"},
      {"ssh_packet_write_wait: Connection from ", ": Broken pipe", "Broken pipe"},
      {"process_output: ssh_packet_write_poll: Connection from ", ": Broken pipe", "Broken pipe"},
      {"Unable to negotiate with ", ": no matching host key type found. Their offer: x",
       "no matching host key type found. Their offer: x"},
  };
  const struct {
    std::string who, kind, account, invalid;
  } remotes[] = {
      {"invalid user bob ", "closed", " account=[bob]", " invalid"},
      {"invalid user a b: c ", "closed", " account=[a b: c]", " invalid"},
      {"invalid user x 6.6.6.6 port 22 ", "closed", " account=[x 6.6.6.6 port 22]", " invalid"},
      {"invalid user  ", "closed", "", " invalid"},
      {"authenticating user root ", "closed", " account=[root]", ""},
      {"user alice ", "disconnected", " account=[alice]", ""},
  };
  for (const auto& end : ends) {
    for (const auto& remote : remotes) {
      for (const std::string place : {"10.0.0.9", "2001:db8::7"}) {
        const std::string line = end.before + remote.who + place + " port 4711" + end.behind;
        const std::string reason = end.reason.empty() ? "" : " reason=[" + end.reason + "]";
        const std::string rest =
            remote.account + " addr=[" + place + "]" + reason + " port=4711" + remote.invalid;
        EXPECT_EQ(read(line), remote.kind + rest) << line;
        EXPECT_EQ(read("fatal: " + line + " [preauth]"), "closed" + rest) << line;
      }
    }
  }
  // Before 7.2 without a port.
  EXPECT_EQ(read("Connection closed by 10.0.0.9 [preauth]"), "closed addr=[10.0.0.9]");
  EXPECT_EQ(read("Received disconnect from 2001:db8::7: 11: disconnected by user"),
            "disconnected addr=[2001:db8::7] reason=[disconnected by user]");
  EXPECT_EQ(read("Connection closed by authenticating user root UNKNOWN port 65535 [preauth]"),
            "closed account=[root] port=65535");
}

// Where the name could have been written so that sshd's own end is cut off.
TEST(SshLog, OfALongInvalidUsersEndOnlyTheKindIsTold) {
  const std::string place = " 6.6.6.6 port 22";
  for (const std::string words : {"Connection closed by ", "Connection reset by ",
                                  "Disconnected from ", "Disconnecting ", "Connection from "}) {
    const std::string start = words + "invalid user ";
    const std::string behind = words == "Disconnecting " ? ": x" : "";
    const bool has_reason = words == "Disconnecting " || words == "Connection from ";
    const std::string end = has_reason ? place + ": x" : place;
    const std::string name(299 - start.size() - end.size(), 'n');
    EXPECT_NE(read(start + name + end).find("account=[n"), std::string::npos) << words;
    EXPECT_EQ(read(start + name + "n" + end), "closed invalid");
    EXPECT_EQ(read(start + std::string(600, ' ')), "closed invalid");
    EXPECT_EQ(read(start + "bob"), "closed invalid");
  }
  EXPECT_EQ(read("Disconnecting invalid user x 10.0.0.9 port 4711: (y 6.6.6.6 port 22 timed out"),
            "closed account=[x] addr=[10.0.0.9] reason=[(y 6.6.6.6 port 22 timed out] port=4711 "
            "invalid");
  // Two places that could be the border: in the name, and in what the reason repeats of it.
  EXPECT_EQ(read("Disconnecting invalid user x 6.6.6.6 port 22: y 10.0.0.9 port 4711: Too many"),
            "closed invalid");
  EXPECT_EQ(read("Disconnecting invalid user x 10.0.0.9 port 4711: Change of username or service "
                 "not allowed: (y 6.6.6.6 port 22: ,z) -> (,z)"),
            "closed invalid");
}

TEST(SshLog, Refusals) {
  EXPECT_EQ(read("User bob from gw.example.org not allowed because not listed in AllowUsers"),
            "refused account=[bob] host=[gw.example.org] reason=[not listed in AllowUsers]");
  EXPECT_EQ(read("User bob not allowed because account is locked"),
            "refused account=[bob] reason=[account is locked]");
  EXPECT_EQ(read("error: maximum authentication attempts exceeded for invalid user a from b " +
                 kPlace + " [preauth]"),
            "refused account=[a from b] addr=[10.0.0.9] reason=[maximum authentication attempts "
            "exceeded] port=4711 invalid");
  EXPECT_EQ(read("error: maximum authentication attempts exceeded for root " + kPlace),
            "refused account=[root] addr=[10.0.0.9] reason=[maximum authentication attempts "
            "exceeded] port=4711");
  EXPECT_EQ(read("fatal: Access denied for user bob by PAM account configuration [preauth]"),
            "refused account=[bob] reason=[Access denied]");
  EXPECT_EQ(read("ROOT LOGIN REFUSED FROM 10.0.0.9 port 4711 [preauth]"),
            "refused account=[root] addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Authentication refused: bad ownership or modes for directory /home/bob"),
            "refused reason=[bad ownership or modes for directory /home/bob]");
}

TEST(SshLog, RefusedKeysAndPam) {
  EXPECT_EQ(read("userauth_pubkey: signature algorithm ssh-rsa not in PubkeyAcceptedAlgorithms "
                 "[preauth]"),
            "failed method=[publickey] reason=[signature algorithm ssh-rsa not in "
            "PubkeyAcceptedAlgorithms]");
  EXPECT_EQ(read("error: Certificate invalid: expired"),
            "failed method=[publickey] reason=[expired]");
  EXPECT_EQ(read("error: Authentication key RSA " + kKey + " revoked by file /etc/ssh/revoked"),
            "failed method=[publickey] key=[RSA] fp=[" + kKey + "] reason=[Authentication key "
            "RSA " + kKey + " revoked by file /etc/ssh/revoked]");
  EXPECT_EQ(read("error: Refused by certificate options"),
            "failed method=[publickey] reason=[Refused by certificate options]");
  EXPECT_EQ(read("/home/bob/.ssh/authorized_keys:3: Authentication tried for bob with correct key "
                 "but not from a permitted host (host=gw, ip=10.0.0.9, required=10.1.0.0/16)."),
            "failed account=[bob] method=[publickey] addr=[10.0.0.9] reason=[Authentication tried "
            "for bob with correct key but not from a permitted host (host=gw, ip=10.0.0.9, "
            "required=10.1.0.0/16).]");
  EXPECT_EQ(read("error: PAM: Authentication failure for illegal user a for b from gw"),
            "failed account=[a for b] method=[keyboard-interactive/pam] host=[gw] "
            "reason=[Authentication failure] invalid");
  EXPECT_EQ(read("error: PAM: Authentication failure for root from 10.0.0.9"),
            "failed account=[root] method=[keyboard-interactive/pam] addr=[10.0.0.9] "
            "reason=[Authentication failure]");
}

TEST(SshLog, BeforeAnyName) {
  EXPECT_EQ(read("fatal: Timeout before authentication for 10.0.0.9 port 4711"),
            "closed addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Timeout before authentication for connection from 10.0.0.9 to 10.0.0.1, pid = 7"),
            "closed addr=[10.0.0.9]");
  EXPECT_EQ(read("Did not receive identification string from 10.0.0.9 port 4711"),
            "closed addr=[10.0.0.9] port=4711");
  EXPECT_EQ(read("Bad protocol version identification 'x' from 6.6.6.6 port 1' from ::1 port 2"),
            "closed");
  EXPECT_EQ(read("drop connection #10 from [10.0.0.9]:4711 on [10.0.0.1]:22 past MaxStartups"),
            "closed addr=[10.0.0.9] reason=[past MaxStartups] port=4711");
}

}  // namespace
}  // namespace spoor::agent
