// What is drawn for events as queries find them, and fields of each kind that can be asked for.
#pragma once

#include <initializer_list>
#include <random>
#include <string>

#include "spoor/v1/event.pb.h"

namespace spoor::collector {

class QueryEventKinds {
 public:
  explicit QueryEventKinds(uint64_t seed) : random_(seed) {}

  void fill_kind(v1::Event& e);
  void fill_start(v1::Event& e);
  void fill_end(v1::Event& e);

  uint64_t below(uint64_t bound) { return random_() % bound; }
  bool often() { return below(4) != 0; }
  std::string any_of(std::initializer_list<const char*> texts) {
    return texts.begin()[below(texts.size())];
  }
  uint64_t any_of(std::initializer_list<uint64_t> numbers) {
    return numbers.begin()[below(numbers.size())];
  }

  std::string address() {
    return any_of({"10.0.0.7", "10.0.3.1", "203.0.113.66", "2001:db8::22", "::ffff:10.0.0.7",
                   "no address"});
  }
  uint32_t port() { return static_cast<uint32_t>(any_of({22, 443, 45410, 0})); }
  std::string file() {
    if (below(40) == 0) return "/srv/" + std::string(8'188 + below(10), 'y') + "/end";
    return any_of({"/etc/shadow", "/srv/www/index.html", "/srv/my files/a b", "/tmp/", "notes",
                   "/SRV/www/index.html"}) + (below(2) ? "" : std::to_string(below(900)));
  }
  std::string argument() {
    if (below(60) == 0) return std::string(4'000 + below(5'000), 'x') + any_of({"", "-END"});
    return any_of({"curl", "-k", "CURL", "", "a b", "*", "https://example.com/x", "é", "-",
                   "10.0.0.5"}) + (below(3) ? "" : std::to_string(below(900)));
  }
  std::string exe() { return any_of({"/usr/bin/curl", "/usr/sbin/sshd", "/bin/sh"}); }
  uint32_t pid() { return static_cast<uint32_t>(any_of({0, 1, 4711, 4712, 4194304})); }
  void set_command(v1::CommandRef* command) { command->mutable_process()->set_pid(pid()); }

 private:
  // `kind`: a number for each.
  void fill_access(v1::Event& e, uint64_t kind);
  void fill_activity(v1::Event& e, uint64_t kind);

  std::mt19937_64 random_;
};

inline void QueryEventKinds::fill_kind(v1::Event& e) {
  if (const uint64_t kind = below(18); kind < 9) {
    fill_access(e, kind);
  } else {
    fill_activity(e, kind);
  }
}

inline void QueryEventKinds::fill_start(v1::Event& e) {
  v1::CommandStarted& c = *e.mutable_command_started();
  for (uint64_t n = below(5); n > 0; --n) c.add_args(argument());
  c.set_exe(exe());
  c.set_cwd(file());
  if (often()) c.set_terminal(any_of({"pts/0", "pts/1"}));
  if (often()) c.mutable_credentials()->set_euid(static_cast<uint32_t>(any_of({0, 1000})));
}

inline void QueryEventKinds::fill_end(v1::Event& e) {
  v1::ProcessEnded& end = *e.mutable_process_ended();
  if (const uint64_t how = below(4); how < 2) {
    end.set_exit_code(static_cast<uint32_t>(any_of({0, 1, 127, 128, 255})));
  } else if (how == 2) {
    end.set_signal(static_cast<uint32_t>(any_of({0, 9, 11})));
  }
}

inline void QueryEventKinds::fill_access(v1::Event& e, uint64_t kind) {
  const auto key = [&] { return any_of({"SHA256:abc", "SHA256:web1", "alice@corp", ""}); };
  switch (kind) {
    case 0:
    case 1:
    case 2:
      fill_start(e);
      if (often()) set_command(e.mutable_command_started()->mutable_command());
      break;
    case 3:
    case 4: {
      fill_end(e);
      v1::ProcessEnded& end = *e.mutable_process_ended();
      if (often()) set_command(end.mutable_command());
      if (often()) end.mutable_process()->set_pid(pid());
      break;
    }
    case 5: e.mutable_session_opened()->set_local_port(port()); break;
    case 6: {
      v1::SessionFact& fact = *e.mutable_session_fact();
      fact.set_key_fingerprint(key());
      fact.set_certificate_id(key());
      fact.set_terminal(any_of({"pts/0", "ssh"}));
      break;
    }
    case 7: {
      v1::Authentication& tried = *e.mutable_authentication();
      tried.set_key_fingerprint(key());
      tried.set_certificate_id(key());
      tried.set_exe(exe());
      tried.set_pid(pid());
      break;
    }
    default: {
      v1::PrivilegeChange& change = *e.mutable_privilege_change();
      change.set_command(argument() + " " + argument());
      change.set_program(exe());
      change.set_cwd(file());
      if (often()) set_command(change.mutable_cause());
      change.set_pid(pid());
      break;
    }
  }
}

inline void QueryEventKinds::fill_activity(v1::Event& e, uint64_t kind) {
  switch (kind) {
    case 9:
    case 10: {
      v1::FileAccess& access = *e.mutable_file_access();
      if (often()) access.set_path(file());
      if (!often()) access.set_new_path(file());
      set_command(access.mutable_command());
      break;
    }
    case 11:
    case 12: {
      v1::Network& network = *e.mutable_network();
      if (often()) network.set_remote_address(address());
      if (often()) network.set_local_address(address());
      network.set_remote_port(port());
      network.set_local_port(port());
      if (below(3) == 0) network.set_path("/run/sock");
      break;
    }
    case 13: e.mutable_typed_input()->set_edited(argument()); break;
    case 14: {
      v1::ShellLine& line = *e.mutable_shell_line();
      line.set_line(argument() + " " + argument());
      line.set_cwd(file());
      if (often()) line.set_exit_code(static_cast<uint32_t>(below(3)));
      break;
    }
    case 15: e.mutable_security_decision()->set_signal(static_cast<uint32_t>(below(2) * 31)); break;
    case 16: e.mutable_log_message()->set_exe(exe()); break;
    default: e.mutable_loss()->set_count(1); break;
  }
}

}  // namespace spoor::collector
