// An audit event's records and paths in messages: Event.records, and what OtherRecord tells of an
// event that no kind describes. A pure mapping of what decode found. One thread.
#pragma once

#include "agent/model.h"
#include "common/wire_writer.h"

namespace spoor::agent {

// Event.records: those that have typed fields, or words beside them.
void put_records(WireWriter& w, const AuditEvent& audit);
// One PathItem a path, each as `field` of the message that is open.
void put_paths(WireWriter& w, int field, const AuditEvent& audit);
// The fields of an OtherRecord that is open: who and what the event was about, as far as any of its
// records says so.
void put_other_record(WireWriter& w, const AuditEvent& audit);

}  // namespace spoor::agent
