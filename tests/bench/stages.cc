// spoor-bench-stages LOG [redact]: decode, reassemble and correlate all records of a generated log,
// between the marks that callgrind(1) counts from and to; with `redact`, take secrets out, too.
// Prints how many records those were.
#include <valgrind/callgrind.h>

#include <cstdio>

#include "agent/decode/audit_record.h"
#include "agent/pipeline.h"
#include "agent/redact/redactor.h"
#include "tests/bench/log_records.h"

namespace spoor::agent {
namespace {

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  const LogRecords records(argv[1]);
  size_t body = 0;
  const auto first = decode_header(records.all().front().text, &body);
  CHECK(first);
  Instant now{first->time_ms * kNsPerMs, kNsPerSecond};
  uint64_t facts = 0;
  Pipeline pipeline(Host{}, std::nullopt, [&](const Fact&, Instant) { ++facts; });
  Redactor redactor(load_redact_rules(shipped_redact_rules()).rules);
  if (argc > 2) pipeline.set_redactor(redactor);

  CALLGRIND_START_INSTRUMENTATION;
  for (const Datagram& record : records.all()) pipeline.on_record(record, now);
  CALLGRIND_STOP_INSTRUMENTATION;

  pipeline.close(now);
  std::printf("%zu records %llu facts\n", records.all().size(),
              static_cast<unsigned long long>(facts));
  return facts == 0 ? 1 : 0;
}

}  // namespace
}  // namespace spoor::agent

int main(int argc, char** argv) { return spoor::agent::main(argc, argv); }
