#include "agent/pipeline.h"

#include <algorithm>

#include "agent/correlate/file_facts.h"
#include "agent/decode/auth_log.h"
#include "agent/decode/fields.h"
#include "agent/decode/record_fields.h"
#include "agent/limits.h"
#include "agent/redact/redactor.h"
#include "common/log.h"

namespace spoor::agent {
namespace {

constexpr uint16_t kDaemonFirst = 1200, kDaemonLast = 1299;  // linux/audit.h

std::optional<uint32_t> least_serial(std::optional<uint32_t> a, std::optional<uint32_t> b) {
  if (!a || !b) return a ? a : b;
  return static_cast<int32_t>(*a - *b) < 0 ? a : b;
}

// Where not even the first process is to be seen, /proc hides processes (hidepid), and who is not
// in it need not be gone.
bool sees_all(std::span<const ProcessFound> found) {
  return std::any_of(found.begin(), found.end(),
                     [](const ProcessFound& process) { return process.pid == 1; });
}

// What the agent has to tell by itself, and no record.
template <typename Kind>
Fact fact_of_ours(const Kind& kind, Instant now) {
  Fact fact;
  fact.time_ns = now.realtime_ns;
  fact.read = now;
  fact.origin = "agent";
  fact.kind = kind;
  return fact;
}

}  // namespace

Pipeline::Pipeline(const Host& host, std::optional<uint32_t> only_login_uid,
                   std::function<void(const Fact&, Instant)> sink)
    : ledger_(host, [this](const Loss& loss, Instant now) { tell_loss(loss, now); }),
      correlator_(host, [this, to = std::move(sink)](const Fact& fact) { to(fact, now_); }),
      typed_([this](const TypedRest& rest) { correlator_.on_typed_rest(rest); }),
      reassembler_([this](AuditEvent& event) {
                     const CrashNote::Work work = work_on(event);
                     on_event(event);
                   },
                   [this](EventKey key) {
                     ledger_.read(key.serial, now_, correlator_.last_order());
                   }) {
  correlator_.set_dropped([this](const AuditEvent& event) {
    if (!event.late) ledger_.account(1);
  });
  correlator_.set_only_login_uid(only_login_uid);
  typed_.set_only_login_uid(only_login_uid);
  correlator_.set_told([this](const Fact& fact) {
    end_typed(fact);
    return told_ && was_told(fact);
  });
}

Pipeline::Pipeline(const Host& host, const WriterPlace& place,
                   std::optional<uint32_t> only_login_uid,
                   std::function<void(PipelineFrame&&)> sink)
    : Pipeline(host, only_login_uid,
               [this](const Fact& fact, Instant now) { encoder_->add(fact, now); }) {
  sink_ = std::move(sink);
  for (size_t i = 0; i < kEventClasses; ++i) {
    sealed_[i] = {place.streams[i].head.epoch, place.streams[i].head.sequence};
  }
  encoder_.emplace(host, place, [this](EncodedFrame&& encoded) { on_frame(std::move(encoded)); });
}

void Pipeline::restore_tables(const PipelineState& state) {
  now_ = state.saved;
  log_cursors_ = state.log_cursors;
  // What does not check is as good as nothing saved: processes are then found in /proc, and of
  // sessions that run it is not known how they began.
  if (state.tables.empty()) return;
  const Status status = correlator_.restore(state.tables);
  if (!status.is_ok()) log_warning("not all is known that was before: {}", status.message());
}

void Pipeline::restore(const PipelineState& state) {
  restore_tables(state);
  if (!state.typed.empty()) (void)typed_.restore(state.typed);
  BlobReader losses(state.losses);
  if (ledger_.restore(losses)) {
    waits_.restore(losses);
    tick_ns_ = losses.number<int64_t>();
  }
  for (const InFlightRecord& record : state.in_flight) {
    on_record({record.type, record.text, record.rewritten}, state.saved);
  }
}

void Pipeline::gap(Instant now) {
  now_ = now;
  reassembler_.flush();
  if (gate_) gate_->flush();
  typed_.close();
  flush();
  ledger_.resume_after_gap(ledger_.mark(std::nullopt));
}

void Pipeline::reconcile(std::span<const ProcessFound> found, Instant scanned) {
  now_ = scanned;
  if (sees_all(found)) correlator_.found(found, scanned);
}

void Pipeline::check_processes(std::span<const ProcessFound> found, Instant scanned, Instant now) {
  now_ = now;
  // After this long the table has forgotten who ended meanwhile, and would take him for new.
  if (now.boottime_ns - scanned.boottime_ns > kEndedKeepNs) return;
  if (sees_all(found)) correlator_.check(found, scanned, now);
}

// Who has ended types no more; of a session that was logged out, who lives on may.
void Pipeline::end_typed(const Fact& fact) {
  if (const auto* ended = std::get_if<ProcessEnded>(&fact.kind)) {
    typed_.exited(ended->command.process.pid, now_);
  } else if (const auto* closed = std::get_if<SessionClosed>(&fact.kind)) {
    const bool lives_on = closed->processes_left != 0;
    typed_.left(fact.ses, now_, [&](uint32_t pid) { return lives_on && correlator_.lives(pid); });
  }
}

bool Pipeline::was_told(const Fact& fact) {
  if (!told_(fact)) return false;
  ledger_.account(serials_of(fact));
  return true;
}

CrashNote::Work Pipeline::work_on(const AuditEvent& event) const {
  return {note_, CrashNote::name(CrashNote::Kind::event, event.key.serial)};
}

// What broke the runs before us is lost, and that is told once.
bool Pipeline::skips(uint64_t name, std::string_view unit, uint32_t serial) {
  const auto answer = note_ == nullptr ? CrashNote::Answer::go_on : note_->ask(name);
  if (answer == CrashNote::Answer::go_on) return false;
  if (answer == CrashNote::Answer::skip_again) return true;
  if (unit == kSerialsUnit) ledger_.read(serial, now_, correlator_.last_order());
  Loss loss;
  loss.scope = Loss::Scope::agent;
  loss.cause = Loss::Cause::crash;
  loss.unit = unit;
  loss.count = 1;
  loss.first = loss.last = serial;
  loss.order_before = correlator_.last_order();
  loss.from_ns = loss.until_ns = now_.realtime_ns;
  tell_loss(loss, now_);
  return true;
}

void Pipeline::on_record(const Datagram& record, const RecordHeader& header, Instant now) {
  now_ = now;
  const std::optional<EventKey>& key = header.key;
  // auditd numbers its own records (DAEMON_*) by itself.
  const bool of_daemon = record.type >= kDaemonFirst && record.type <= kDaemonLast;
  if (!key || of_daemon) {
    const uint64_t name = CrashNote::name(record);
    if (skips(name, "records", 0)) return;
    const CrashNote::Work work(note_, name);
    undecoded_ += !key;
    AuditEvent stray;
    stray.first_read = now;
    stray.key = key.value_or(EventKey{now.realtime_ns / kNsPerMs, 0});
    stray.late = true;  // no serial of the kernel's: nothing to account for
    decode_record(record, stray.key, stray);
    for (AuditEvent::Record& each : stray.records) each.parsed &= key.has_value();
    on_event(stray);
    return;
  }
  const uint64_t name = CrashNote::name(CrashNote::Kind::event, key->serial);
  if (skips(name, kSerialsUnit, key->serial)) return;
  const CrashNote::Work work(note_, name);
  AuditEvent& event = reassembler_.event_for(*key, now);
  decode_record(record, *key, record.text.substr(header.body), event);
  reassembler_.record_added(event, now);
}

void Pipeline::ask_places(Unattended wanted, std::function<void(PlaceQuestion&&)> ask) {
  gate_.emplace([this](AuditEvent& event) {
                  const CrashNote::Work work = work_on(event);
                  pass(event);
                },
                [this](AuditEvent& event) {
                  if (!event.late) ledger_.account(1);
                },
                std::move(ask));
  if (wanted != Unattended::none) gate_->want_commands();
  if (wanted == Unattended::containers) {
    gate_->drop_hosts([this](const AuditEvent& event) {
      return correlator_.descends_from_session(event);
    });
  }
  gate_->want_entries([this](const AuditEvent& event) {
    return correlator_.may_enter_container(event);
  });
  gate_->want_writers([this](const AuditEvent& event) {
    return correlator_.is_writer_unknown(event);
  });
  gate_->want_directories([this](const AuditEvent& event, PlaceQuestion& question) {
    return correlator_.asks_for_directories(event, question);
  });
  correlator_.set_writers_asked();
}

void Pipeline::on_place(const PlaceAnswer& answer, Instant now) {
  now_ = now;
  if (gate_) gate_->on_answer(answer);
}

HasPlace Pipeline::place_of(const AuditEvent& event) const {
  if (correlator_.is_of_command(event)) return HasPlace::command;
  const bool is_told_otherwise = event.login || event.config || event.user;
  return !is_told_otherwise && is_file_access(event) ? HasPlace::file : HasPlace::nothing;
}

void Pipeline::on_event(AuditEvent& event) {
  if (gate_) gate_->on_event(event);
  else pass(event);
}

void Pipeline::pass(AuditEvent& event) {
  if (!ends_expected_) event.ended = true;
  if (!event.late) current_serial_ = event.key.serial;
  typed_.join(event);
  redact(event);
  decode_fields(event, place_of(event));
  typed_.read(event);
  if (event.config) on_config_change(event);
  correlator_.on_audit(event, now_);
  // The kernel writes the last keys of a process when it ends, and its end may be read first.
  if (event.typed && correlator_.is_over(event)) typed_.exited(event.typed->pid, now_);
  current_serial_.reset();
}

void Pipeline::set_redactor(Redactor& redactor) {
  redactor_ = &redactor;
  typed_.set_redactor(redactor);
}

// First of all: what is made of the event knows no secret of it.
void Pipeline::redact(AuditEvent& event) const {
  if (redactor_ != nullptr && redactor_->redact(event)) decode_again(event);
}

void Pipeline::on_process(const ProcessMessage& message, Instant now) {
  now_ = now;
  const uint64_t name = CrashNote::name(message);
  if (skips(name, "messages", 0)) return;
  const CrashNote::Work work(note_, name);
  correlator_.on_process(message, now);
  if (message.kind == ProcessMessage::Kind::exit) typed_.exited(message.pid, now);
}

void Pipeline::on_log_line(const LogLine& line, Instant now) {
  now_ = now;
  const uint64_t name = CrashNote::name(line);
  if (!skips(name, "lines", 0)) {
    const CrashNote::Work work(note_, name);
    LogLine shown = line;
    LogEvent event = decode_auth_log(shown);
    std::string text;
    shown.rewritten = redactor_ != nullptr && redactor_->redact(shown, event, text);
    correlator_.on_log(shown, event, now);
  }
  keep_cursor(line.origin, line.cursor);
}

void Pipeline::on_log_position(const LogPosition& position, Instant now) {
  now_ = now;
  if (position.lines_lost) {
    Loss loss;
    loss.scope = Loss::Scope::socket;
    loss.unit = "lines";
    loss.exact = position.suppressed != 0;
    loss.count = position.suppressed;
    if (loss.exact) loss.cause = Loss::Cause::rate_limit;
    loss.order_before = correlator_.last_order();
    loss.from_ns = position.since_ns;
    loss.until_ns = now.realtime_ns;
    tell_loss(loss, now);
  }
  keep_cursor(position.origin, position.cursor);
}

// A log that is read no more is told of no more, and goes first.
void Pipeline::keep_cursor(std::string_view origin, std::string_view cursor) {
  const auto known = std::find_if(log_cursors_.begin(), log_cursors_.end(),
                                  [&](const auto& each) { return each.first == origin; });
  if (known == log_cursors_.end()) {
    if (log_cursors_.size() >= kLogsMax) log_cursors_.erase(log_cursors_.begin());
    log_cursors_.emplace_back(origin, cursor);
    return;
  }
  known->second = cursor;
  std::rotate(known, known + 1, log_cursors_.end());
}

void Pipeline::audit_drained(Instant at) {
  now_ = at;
  const CrashNote::Work work(note_, CrashNote::name(CrashNote::Kind::timers, 0));
  reassembler_.tick(at);
  correlator_.tick(at);
  typed_.tick(at);
  ledger_.tick(at);
}

void Pipeline::tick(Instant now) {
  now_ = now;
  if (gate_) gate_->tick(now);
  if (encoder_) encoder_->tick(now);
}

void Pipeline::kernel_status(const KernelStatus& status, Instant now) {
  now_ = now;
  tick_ns_ = status.tick_ns;
  ledger_.kernel_counters(status, now, correlator_.last_order());
  tell_waits(waits_.answered(status.waited_ticks, status.asked.boottime_ns), now);
  if (const auto before = ledger_.reset_by_nobody(now)) {
    agent_state({.change = AgentState::Change::counter_reset,
                 .detail = "lost, by whom is not known; what it counted just before is not, either",
                 .count = *before},
                now);
  }
}

void Pipeline::tell_waits(uint64_t ticks, Instant now) {
  if (ticks == 0) return;
  agent_state({.change = AgentState::Change::backlog_wait,
               .detail = "programs waited for room in the kernel's audit queue, in ms",
               .count = ticks * static_cast<uint64_t>(tick_ns_) / kNsPerMs},
              now);
}

// `op=set lost=0 old=17`, which kernel/audit.c writes for each counter that is reset.
void Pipeline::on_config_change(const AuditEvent& event) {
  if (config_changed) config_changed(event);
  const std::string_view setting = event.bytes(event.config->setting);
  const bool lost = setting == "lost", waited = setting == "backlog_wait_time_actual";
  uint32_t before = 0;
  if ((!lost && !waited) || event.config->success == false ||
      !parse_number(event.bytes(event.config->old_value), before)) {
    return;
  }
  if (lost) ledger_.lost_was_reset(before, now_, correlator_.last_order());
  else tell_waits(waits_.was_reset(before, now_.boottime_ns), now_);
  agent_state({.change = AgentState::Change::counter_reset,
               .detail = lost ? "lost" : "backlog_wait_time_actual",
               .other_pid = event.syscall ? event.syscall->pid : event.config->pid,
               .other_exe = event.syscall ? event.bytes(event.syscall->exe) : std::string_view(),
               .count = before},
              now_);
}

void Pipeline::record_drops(uint32_t before, uint32_t drops, Instant now) {
  now_ = now;
  ledger_.record_drops(before, drops, now, correlator_.last_order());
}

void Pipeline::undelivered(uint32_t times, Instant now) {
  now_ = now;
  ledger_.undelivered(times, now);
}

void Pipeline::message_drops(uint32_t before, uint32_t drops, TimeRange within, Instant now) {
  now_ = now;
  ledger_.message_drops(before, drops, within, now, correlator_.last_order());
  if (drops != before) correlator_.births_missed();
}

void Pipeline::flush() {
  if (encoder_) encoder_->flush();
}

void Pipeline::agent_state(const AgentState& state, Instant now) {
  now_ = now;
  correlator_.emit(fact_of_ours(state, now));
}

void Pipeline::tell_loss(const Loss& loss, Instant now) {
  lost_ += loss.count;
  correlator_.emit(fact_of_ours(loss, now));
}

void Pipeline::close(Instant now) {
  now_ = now;
  reassembler_.flush();
  if (gate_) gate_->flush();
  typed_.close();
  correlator_.close(now);
  ledger_.close(now);
  flush();
}

std::optional<uint32_t> Pipeline::least_open_serial() const {
  auto least = reassembler_.least_serial_in_flight();
  if (gate_) least = least_serial(least, gate_->least_serial_waiting());
  return encoder_ ? least_serial(least, encoder_->least_open_serial()) : least;
}

PipelineState Pipeline::save(Instant now) const {
  PipelineState state;
  state.saved = now;
  state.sealed = sealed_;
  state.tables = correlator_.save();
  state.typed = typed_.save();
  ledger_.save(state.losses);
  waits_.save(state.losses);
  append_le(state.losses, tick_ns_);
  state.log_cursors = log_cursors_;
  const auto keep = [&](const AuditEvent& in_flight) {
    AuditEvent event = in_flight;
    redact(event);
    for (const AuditEvent::Record& record : event.records) {
      state.in_flight.push_back(
          {record.type, std::string(event.record_text(record)), event.rewritten});
    }
  };
  if (gate_) gate_->for_each_waiting(keep);
  reassembler_.for_each_in_flight(keep);
  return state;
}

void Pipeline::on_frame(EncodedFrame&& encoded) {
  ledger_.account(encoded.serials);
  const FrameHeader& header = encoded.frame.header;
  sealed_[static_cast<size_t>(header.event_class) - 1] = {header.epoch, header.last_sequence};
  sink_({std::move(encoded.frame),
         ledger_.mark(least_serial(least_open_serial(), current_serial_))});
}

}  // namespace spoor::agent
