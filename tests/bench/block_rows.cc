#include "tests/bench/block_rows.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace spoor::collector {

namespace {

constexpr size_t kHosts = 200, kSessions = 5'000, kImages = 8, kCommandLines = 20'000;
constexpr uint64_t kMs = 1'000'000, kFrameNs = 250 * kMs;
constexpr uint64_t kStarted = 100, kEnded = 101, kFile = 108;

constexpr const char* kPrograms[] = {
    "ls",     "cat",    "grep",   "sed",     "awk",     "find",      "ps",     "id",
    "date",   "sleep",  "cut",    "tr",      "sort",    "uniq",      "head",   "tail",
    "wc",     "rm",     "cp",     "mv",      "mkdir",   "chmod",     "chown",  "ln",
    "tar",    "gzip",   "curl",   "wget",    "ssh",     "scp",       "rsync",  "git",
    "make",   "gcc",    "ld",     "as",      "python3", "perl",      "bash",   "sh",
    "sudo",   "su",     "vim",    "less",    "man",     "systemctl", "mysql",  "psql",
    "docker", "crictl", "openssl", "node",   "npm",     "java",      "apt",    "dpkg",
    "ip",     "ss",     "dig",    "journalctl"};
constexpr const char* kOptions[] = {"-l", "-la", "-rn", "--color=auto", "-e", "-o", "-v", "--all",
                                    "-f", "-x", "status", "--no-pager", "-i", "-9", "-xzf", "-p"};
constexpr const char* kWords[] = {
    "/etc/passwd", "/var/log/syslog", "src", "release", "nginx", "web", "backup", "config.yaml",
    "index.html", "production", "user@db1.example.org", "http://repo.example.org/pool/main",
    "/srv/www/current", "/opt/app/bin/start", "data", "report", "lib", "test", "tmp", "origin"};

template <typename T, size_t n>
T pick(const T (&from)[n], uint64_t random) {
  return from[random % n];
}

std::vector<double> zipf_weights(size_t size, double power) {
  std::vector<double> out;
  double sum = 0;
  for (size_t i = 1; i <= size; ++i) out.push_back(sum += 1 / std::pow(i, power));
  return out;
}

}  // namespace

BlockRows::BlockRows(Corpus corpus) : corpus_(corpus) {
  for (size_t i = 0; i < kHosts; ++i) {
    Host host;
    host.name = "web" + std::to_string(i) + ".example.org";
    host.boot = bytes(16);
    host.stream = bytes(16);
    host.image = i % kImages;
    host.boot_ns = now_ns_ - below(100 * 86'400'000ull * kMs);
    hosts_.push_back(host);
  }
  for (size_t i = 0; i < 60; ++i) users_.push_back("user" + std::to_string(i));
  for (size_t i = 0; i < 400; ++i) {
    folders_.push_back("/home/user" + std::to_string(i % 60) + "/" +
                       pick(kWords, below(kSessions)) + std::to_string(i / 60));
  }
  for (size_t i = 0; i < kCommandLines; ++i) {
    const size_t program = std::min(below(60), below(60));
    std::string line = kPrograms[program];
    for (uint64_t n = below(3); n > 0; --n) line += std::string(" ") + pick(kOptions, random_());
    for (uint64_t n = below(3); n > 0; --n) {
      line += std::string(" ") + pick(kWords, random_()) + "-" + std::to_string(below(500));
    }
    commands_.push_back(line);
    program_of_.push_back(program);
  }
  command_weights_ = zipf_weights(kCommandLines, 1.0);
  user_weights_ = zipf_weights(users_.size(), 1.0);
  for (size_t i = 0; i < kSessions; ++i) sessions_.push_back(new_session());
}

size_t BlockRows::zipf(const std::vector<double>& weights) {
  const double at = std::uniform_real_distribution<>(0, weights.back())(random_);
  return static_cast<size_t>(std::ranges::lower_bound(weights, at) - weights.begin());
}

std::string BlockRows::bytes(size_t size) {
  std::string out;
  std::generate_n(std::back_inserter(out), size, [&] { return static_cast<char>(random_()); });
  return out;
}

BlockRows::Session BlockRows::new_session() {
  Session out;
  out.host = below(kHosts);
  out.user = zipf(user_weights_);
  out.uid = bytes(16);
  out.terminal = "pts/" + std::to_string(below(40));
  Host& host = hosts_[out.host];
  out.ses = 100 + below(50'000);
  out.shell = host.pid += 1 + below(20);
  out.shell_birth = now_ns_ - host.boot_ns;
  return out;
}

const Row& BlockRows::next() {
  now_ns_ += below(1 * kMs);
  Session& session = sessions_[below(kSessions)];
  if (below(500) == 0 && !session.runs) session = new_session();
  if (corpus_ == Corpus::files) {
    touch(session);
  } else if (session.runs) {
    end(session);
  } else {
    start(session);
  }
  return row_;
}

void BlockRows::begin_row(Session& session, uint64_t kind, uint64_t time_ns) {
  Host& host = hosts_[session.host];
  row_ = {};
  row_[Number::kind] = kind;
  row_[Number::time_ms] = time_ns / kMs;
  row_[Number::time_ns] = time_ns % kMs;
  const uint64_t frame = time_ns / kFrameNs;
  row_[Number::received_ms] = (frame + 1) * kFrameNs / kMs + (frame * 7 + session.host * 13) % 60;
  row_[Number::entry] = (frame * kHosts + session.host) % 10'000'000'000;
  row_[Number::epoch] = 3;
  row_[Number::order] = ++host.order;
  row_[Number::sequence] = ++host.sequence;
  row_[Number::ses] = session.ses;
  row_[Number::login_uid] = 1001 + session.user;
  row_[Number::result] = 1;
  row_[Number::attribution] = 1;
  row_[Text::host].text = host.name;
  row_[Text::session].text = session.uid;
  row_[Text::boot].text = host.boot;
  row_[Text::stream].text = host.stream;
  row_[Text::user].text = users_[session.user];
  row_[Text::source].text = "audit";
}

void BlockRows::start(Session& session) {
  Host& host = hosts_[session.host];
  begin_row(session, kStarted, now_ns_ / kMs * kMs);
  session.runs = true;
  session.as_root = below(10) == 0;
  session.pid = host.pid += 1 + below(20);
  session.birth = now_ns_ - host.boot_ns - below(3 * kMs);
  session.born = session.birth + host.boot_ns;
  const size_t line = zipf(command_weights_);
  const std::string program = kPrograms[program_of_[line]];
  command_ = commands_[line];
  if (corpus_ == Corpus::distinct) {
    command_ += " --job=" + std::to_string(++lines_ * 2'654'435'761 % 10'000'000'000) +
                " /srv/data/" + std::to_string(below(100'000)) + ".csv";
  }
  exe_ = "/usr/bin/" + program;
  host.serial += 1 + below(3);
  row_[Number::serial] = host.serial;
  row_[Number::uid] = 1001 + session.user;
  row_[Number::euid] = session.as_root ? 1 : 1001 + session.user;
  row_[Number::pid] = session.pid;
  row_[Number::birth] = session.birth;
  row_[Number::exec] = 1;
  row_[Number::parent_pid] = row_[Number::ppid] = session.shell;
  row_[Number::parent_birth] = session.shell_birth;
  row_[Number::parent_exec] = 1;
  row_[Number::depth] = 2;
  row_[Number::born] = session.born;
  row_[Number::inode] = 1'000'000 + host.image * 9'973 + program_of_[line] * 131;
  row_[Text::as].text = session.as_root ? std::string_view("root") : users_[session.user];
  row_[Text::terminal].text = session.terminal;
  row_[Text::exe].text = exe_;
  row_[Text::command].text = command_;
  row_[Text::cwd].text = folders_[(session.ses + below(3) * below(2)) % folders_.size()];
  row_[Text::rule].text = "spoor-exec";
  // Credentials and what was executed: who runs what on which image.
  rest_ = exe_ + std::to_string(row_[Number::inode] * 7'919) + "/lib64/ld-linux-x86-64.so.2" +
          std::to_string(host.image * 31'337) + std::to_string(row_[Number::euid]) +
          "unconfined_u:unconfined_r:unconfined_t";
  row_[Text::rest].text = rest_;
}

void BlockRows::end(Session& session) {
  static constexpr uint64_t kExits[] = {0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 127};
  begin_row(session, kEnded, now_ns_);
  session.runs = false;
  row_[Number::pid] = session.pid;
  row_[Number::birth] = session.birth;
  row_[Number::exec] = 1;
  row_[Number::euid] = session.as_root ? 1 : 1001 + session.user;
  row_[Number::born] = session.born;
  row_[Number::exit] = 1 + pick(kExits, random_());
  row_[Text::source].text = "connector";
}

void BlockRows::touch(Session& session) {
  static constexpr uint64_t kOperations[] = {1, 2, 2, 2, 4, 5, 6};
  Host& host = hosts_[session.host];
  begin_row(session, kFile, now_ns_ / kMs * kMs);
  if (below(6) == 0 || session.pid == 0) {
    session.pid = host.pid += 1 + below(20);
    session.birth = now_ns_ - host.boot_ns - below(3 * kMs);
  }
  row_[Number::serial] = host.serial += 1 + below(3);
  row_[Number::euid] = 1001 + session.user;
  row_[Number::pid] = session.pid;
  row_[Number::birth] = session.birth;
  row_[Number::exec] = 1;
  row_[Number::operation] = pick(kOperations, random_());
  row_[Number::mode] = 0100644;
  row_[Number::inode] = 2'000'000 + below(4'000'000);
  row_[Number::marks] = 1;
  const size_t line = zipf(command_weights_);
  exe_ = std::string("/usr/bin/") + kPrograms[program_of_[line]];
  file_ = folders_[session.ses % folders_.size()] + "/" +
          (below(3) == 0 ? "tmp." + std::to_string(below(1'000'000'000))
                         : commands_[line].substr(0, commands_[line].find(' ')) + ".log");
  row_[Text::exe].text = exe_;
  row_[Text::files].text = file_;
  row_[Text::rule].text = "spoor-files";
}

}  // namespace spoor::collector
