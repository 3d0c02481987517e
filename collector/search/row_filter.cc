#include "collector/search/row_filter.h"

#include <algorithm>
#include <numeric>

#include "collector/search/number_field.h"

namespace spoor::collector {

namespace {

// Of all its parts the dearest.
int cost_of(const Expression& expression) {
  if (expression.kind == Expression::Kind::test) return cost_of(expression.test.field);
  int out = 0;
  for (const Expression& part : expression.parts) out = std::max(out, cost_of(part));
  return out;
}

std::vector<const Expression*> by_cost(const std::vector<Expression>& parts) {
  std::vector<const Expression*> out;
  for (const Expression& part : parts) out.push_back(&part);
  std::ranges::stable_sort(out, {}, [](const Expression* part) { return cost_of(*part); });
  return out;
}

}  // namespace

class RowFilter::Maker {
 public:
  Maker(const Query& query, const RowTable& table, const Outside& outside)
      : query_(query), table_(table), outside_(outside) {}

  // Of the pages that are not among `pages` it does not matter what the node answers.
  Result<Node> make(const Expression& expression, const Pages& pages) const;
  // Leaves those for which the node can answer anything but no.
  void keep_possible(const Node& node, Pages& pages) const;

 private:
  const Query& query_;
  const RowTable& table_;
  const Outside& outside_;
};

Result<RowFilter::Node> RowFilter::Maker::make(const Expression& expression,
                                               const Pages& pages) const {
  Node out;
  out.kind = expression.kind;
  if (expression.kind == Expression::Kind::test) {
    const bool is_needed = std::ranges::find(pages, true) != pages.end();
    ASSIGN_OR_RETURN(FieldTests test, FieldTests::make(table_, outside_, expression.test,
                                                       query_.same_case, is_needed));
    out.test.push_back(std::move(test));
    return out;
  }
  Pages left = pages;
  for (const Expression* part : by_cost(expression.parts)) {
    ASSIGN_OR_RETURN(Node made, make(*part, left));
    if (expression.kind == Expression::Kind::all) keep_possible(made, left);
    out.parts.push_back(std::move(made));
  }
  return out;
}

void RowFilter::Maker::keep_possible(const Node& node, Pages& pages) const {
  for (size_t page = 0; page < pages.size(); ++page) {
    pages[page] = pages[page] && can_answer(node, table_, page) != set_of(Answer::no);
  }
}

Result<RowFilter> RowFilter::make(const Query& query, const RowTable& table,
                                  const Outside& outside, Pages pages) {
  const Maker maker(query, table, outside);
  RowFilter out;
  if (!query.kinds.all()) {
    Node kind;
    kind.kind = Expression::Kind::test;
    kind.test.emplace_back(kind_field(query.kinds));
    maker.keep_possible(kind, pages);
    out.root_.parts.push_back(std::move(kind));
  }
  if (query.where) {
    ASSIGN_OR_RETURN(Node where, maker.make(*query.where, pages));
    maker.keep_possible(where, pages);
    out.root_.parts.push_back(std::move(where));
  }
  out.pages_ = std::move(pages);
  return out;
}

AnswerSet RowFilter::can_answer(const Node& node, const RowTable& table, size_t page) {
  switch (node.kind) {
    case Expression::Kind::test: return node.test.front().can_answer(table, page);
    case Expression::Kind::none: return not_of(can_answer(node.parts.front(), table, page));
    case Expression::Kind::all:
    case Expression::Kind::any: break;
  }
  const bool is_all = node.kind == Expression::Kind::all;
  AnswerSet out = set_of(is_all ? Answer::yes : Answer::no);
  for (const Node& part : node.parts) {
    const AnswerSet answers = can_answer(part, table, page);
    out = is_all ? lesser_of(out, answers) : greater_of(out, answers);
  }
  return out;
}

Status RowFilter::answer(Node& node, const PageLook& look, size_t begin,
                         std::span<Answer> answers) {
  if (node.kind == Expression::Kind::test) {
    return node.test.front().answer(look, begin, answers);
  }
  if (node.kind == Expression::Kind::none) {
    RETURN_IF_ERROR(answer(node.parts.front(), look, begin, answers));
    std::ranges::transform(answers, answers.begin(),
                           [](Answer one) { return not_of(one); });
    return ok();
  }
  // What one part settles for all rows no other need look at.
  const bool is_all = node.kind == Expression::Kind::all;
  const Answer open = is_all ? Answer::yes : Answer::no, settled = not_of(open);
  std::ranges::fill(answers, open);
  std::vector<Answer> of_part(answers.size());
  for (Node& part : node.parts) {
    const AnswerSet can = can_answer(part, look.table, look.number);
    if (can == set_of(open)) continue;
    if (can == set_of(settled)) {
      std::ranges::fill(answers, settled);
      return ok();
    }
    RETURN_IF_ERROR(answer(part, look, begin, of_part));
    bool is_settled = true;
    for (size_t i = 0; i < answers.size(); ++i) {
      answers[i] = is_all ? std::min(answers[i], of_part[i]) : std::max(answers[i], of_part[i]);
      is_settled = is_settled && answers[i] == settled;
    }
    if (is_settled) return ok();
  }
  return ok();
}

}  // namespace spoor::collector
