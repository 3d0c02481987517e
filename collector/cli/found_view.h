// What a query found, and how much when, for people. A function of its input and the process's time
// zone; any thread.
#pragma once

#include <string>
#include <vector>

#include "collector/cli/trail_view.h"
#include "spoor/v1/query.pb.h"

namespace spoor::cli {

// `from 2023-11-14T19:57:19Z up to now, UTC`; what the answer lacks, a line each.
std::string range_text(const v1::AnswerHead& head);
std::string shortfall_text(const v1::AnswerHead& head);

// A line each in the order given: time, how it ended, host, session, who as whom, what. A line that
// is too wide is cut. Days are divided by a line with the date.
std::string render_found(const std::vector<v1::FoundItem>& items, const ViewOptions& options);

// A line a span, from the first to the last that is not empty, with a bar.
std::string render_histogram(const v1::HistogramResponse& histogram, const ViewOptions& options);

// Where in the query something is wrong: the query, and a caret below; empty where `message` does
// not begin with a place, `column 7: …`, or the query cannot be shown as it is.
std::string caret_text(const std::string& query, const std::string& message);

}  // namespace spoor::cli
