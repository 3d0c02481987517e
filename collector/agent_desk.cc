#include "collector/agent_desk.h"

#include "collector/identity/authority_messages.h"
#include "common/log.h"

namespace spoor::collector {
namespace {

constexpr uint64_t kTokensEverySteps = 10;
constexpr uint64_t kFactsEverySteps = 60;
// How far the CA's journal was read.
constexpr const char* kJournal = "ca_journal";

}  // namespace

Result<std::unique_ptr<AgentDesk>> AgentDesk::open(const std::string& state_path,
                                                   StateLimits limits, const Clock& clock,
                                                   Hooks hooks) {
  ASSIGN_OR_RETURN(std::unique_ptr<Registry> registry, Registry::open(state_path));
  ASSIGN_OR_RETURN(const std::vector<KeptFacts> facts, registry->kept_facts());
  std::unique_ptr<AgentDesk> desk(
      new AgentDesk(std::move(registry), limits, clock, std::move(hooks)));
  desk->watch_.remember(facts);
  return desk;
}

AgentDesk::AgentDesk(std::unique_ptr<Registry> registry, StateLimits limits, const Clock& clock,
                     Hooks hooks)
    : clock_(clock),
      hooks_(std::move(hooks)),
      registry_(std::move(registry)),
      enrolment_(*registry_, hooks_.ask, clock, hooks_.tell),
      watch_(limits, hooks_.tell) {}

void AgentDesk::step() {
  Status status = registry_->refresh();
  if (status.is_ok()) status = tell_revocations();
  if (status.is_ok() && steps_ % kTokensEverySteps == 0) status = tell_tokens();
  const auto records = registry_->agents();
  if (records.is_ok())
    watch_.look(clock_.now(), hooks_.is_accepting(), *records, hooks_.reports());
  else if (status.is_ok())
    status = records.status();
  if (status.is_ok() && steps_ % kFactsEverySteps == kFactsEverySteps - 1) status = keep_facts();
  ++steps_;
  // Once, until it is well again: this comes every second.
  if (!status.is_ok() && !has_warned_) log_error("state.db: {}", status.message());
  has_warned_ = !status.is_ok();
}

// One that the registry does not know was issued after this state.db was copied: the CA knows it,
// and a renewal mends that. Or it was issued by nobody who enrols hosts: the CA refuses.
std::optional<Refusal> AgentDesk::judge(const PeerIdentity& peer) const {
  const Registry::Standing standing = registry_->standing(peer.serial);
  if (standing == Registry::Standing::good) return std::nullopt;
  if (standing == Registry::Standing::revoked || registry_->is_revoked(peer.agent))
    return Refusal{v1::Refuse::CODE_REVOKED, "this certificate was revoked", 0};
  return Refusal{v1::Refuse::CODE_EXPIRED,
                 "this certificate is not in the collector's registry: it is to be renewed", 0};
}

// Cut first: what an operator took away must not go on while an event waits for its place.
Status AgentDesk::tell_revocations() {
  ASSIGN_OR_RETURN(const std::vector<Revocation> untold, registry_->untold());
  if (untold.empty()) return ok();
  hooks_.cut(untold);
  for (const Revocation& revocation : untold) {
    log_info("{} is revoked, certificate {}", revocation.agent, revocation.serial);
    hooks_.tell(revoked_event(revocation));
    RETURN_IF_ERROR(registry_->told(revocation));
  }
  return ok();
}

Status AgentDesk::tell_tokens() {
  ASSIGN_OR_RETURN(const int64_t after, registry_->position(kJournal));
  const auto answer = hooks_.ask(journal_question(after));
  const auto rows = answer.is_ok() ? journal_of(*answer)
                                   : Result<std::vector<JournalRow>>(answer.status());
  if (!rows.is_ok()) {
    // A collector without a CA is one for a Unix socket alone.
    if (after > 0 && !ca_is_silent_) log_warning("{}", rows.status().message());
    ca_is_silent_ = true;
    return ok();
  }
  ca_is_silent_ = false;
  for (const JournalRow& row : *rows) {
    hooks_.tell(token_event(row));
    RETURN_IF_ERROR(registry_->set_position(kJournal, row.number));
  }
  return ok();
}

Status AgentDesk::keep_facts() {
  std::vector<KeptFacts> facts;
  for (const AgentView& view : watch_.agents()) {
    if (view.report.received.boottime_ns == 0) continue;
    facts.push_back({view.record.name, view.last_seen_ns, view.clock_offset_ns,
                     view.report.counter, view.report.lost, view.report.frames_behind,
                     view.report.version});
  }
  return registry_->keep_facts(facts);
}

}  // namespace spoor::collector
