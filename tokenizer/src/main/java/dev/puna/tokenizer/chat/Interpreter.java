package dev.puna.tokenizer.chat;

import dev.puna.tokenizer.chat.Node.Target;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Runs the statements of a template once. */
final class Interpreter {
  /** How a stretch of statements ended. */
  private enum Flow {
    ON,
    BREAK,
    CONTINUE
  }

  private int line;

  /**
   * @param globals the names that the template sees
   */
  static String run(List<Node> nodes, Map<String, @Nullable Object> globals) {
    return Budget.within(() -> new Interpreter().render(nodes, globals));
  }

  private String render(List<Node> nodes, Map<String, @Nullable Object> globals) {
    Scope scope = new Scope(null);
    Functions.all().forEach(scope::set);
    globals.forEach((name, value) -> scope.set(name, Python.copy(value)));
    StringBuilder out = new StringBuilder();
    try {
      run(nodes, new Scope(scope), out);
    } catch (TemplateException e) {
      throw e.at(line);
    } catch (StackOverflowError _) {
      throw new TemplateException("nests too deep", line);
    }
    return out.toString();
  }

  private Flow run(List<Node> nodes, Scope scope, StringBuilder out) {
    Budget.enter();
    Flow flow = Flow.ON;
    for (Node node : nodes) {
      Budget.step();
      line = node.line();
      flow = run(node, scope, out);
      if (flow != Flow.ON) {
        break;
      }
    }
    Budget.leave();
    return flow;
  }

  private Flow run(Node node, Scope scope, StringBuilder out) {
    switch (node) {
      case Node.Text text -> print(text.text(), out);
      case Node.Output output -> print(Python.text(Evaluator.evaluate(output.value(), scope)), out);
      case Node.Effect effect -> Evaluator.evaluate(effect.value(), scope);
      case Node.If condition -> {
        return condition(condition, scope, out);
      }
      case Node.For loop -> loop(loop, Evaluator.evaluate(loop.items(), scope), scope, out, 0);
      case Node.Set set -> assign(set.target(), Evaluator.evaluate(set.value(), scope), scope);
      case Node.SetBlock block -> {
        Object value = filtered(block.filters(), body(block.body(), scope), scope);
        assign(block.target(), value, scope);
      }
      case Node.Macro macro -> scope.set(macro.name(), macro(macro, scope));
      case Node.CallBlock call -> print(Python.text(callBlock(call, scope)), out);
      case Node.FilterBlock block ->
          print(Python.text(filtered(block.filters(), body(block.body(), scope), scope)), out);
      case Node.With with -> {
        return with(with, scope, out);
      }
      case Node.Break _ -> {
        return Flow.BREAK;
      }
      case Node.Continue _ -> {
        return Flow.CONTINUE;
      }
    }
    return Flow.ON;
  }

  private void print(String text, StringBuilder out) {
    Budget.text((long) out.length() + text.length());
    out.append(text);
  }

  /** What a body prints. */
  private String body(List<Node> body, Scope scope) {
    StringBuilder out = new StringBuilder();
    run(body, new Scope(scope), out);
    return out.toString();
  }

  private @Nullable Object filtered(
      List<Expr.Filtered> filters, @Nullable Object value, Scope scope) {
    Object result = value;
    for (Expr.Filtered filter : filters) {
      result = Evaluator.filtered(filter, result, scope);
    }
    return result;
  }

  private Flow condition(Node.If node, Scope scope, StringBuilder out) {
    for (Node.If.Branch branch : node.branches()) {
      if (Evaluator.truth(branch.condition(), scope)) {
        return run(branch.body(), scope, out);
      }
    }
    return run(node.otherwise(), scope, out);
  }

  private Flow with(Node.With node, Scope scope, StringBuilder out) {
    Scope inner = new Scope(scope);
    for (Node.With.Binding binding : node.bindings()) {
      assign(binding.target(), Evaluator.evaluate(binding.value(), scope), inner);
    }
    return run(node.body(), inner, out);
  }

  private void loop(
      Node.For node, @Nullable Object over, Scope scope, StringBuilder out, int depth) {
    List<@Nullable Object> items = chosen(node, over, scope);
    Callable again =
        node.recursive()
            ? given -> {
              StringBuilder inner = new StringBuilder();
              loop(node, given.required(0, "items"), scope, inner, depth + 1);
              return inner.toString();
            }
            : null;
    Loop state = new Loop(items, depth, again);
    for (int i = 0; i < items.size(); i++) {
      state.at(i);
      Scope body = new Scope(scope);
      body.set("loop", state);
      assign(node.target(), items.get(i), body);
      if (run(node.body(), body, out) == Flow.BREAK) {
        break;
      }
    }
    if (items.isEmpty()) {
      run(node.otherwise(), new Scope(scope), out);
    }
  }

  /** The items that pass the loop's own condition: its counters count only these. */
  private List<@Nullable Object> chosen(Node.For node, @Nullable Object over, Scope scope) {
    List<@Nullable Object> items = Python.iterate(over);
    Budget.items(items.size());
    if (node.filter() == null) {
      return items;
    }
    List<@Nullable Object> chosen = new ArrayList<>();
    for (Object item : items) {
      Scope test = new Scope(scope);
      assign(node.target(), item, test);
      if (Evaluator.truth(node.filter(), test)) {
        chosen.add(item);
      }
    }
    return chosen;
  }

  private void assign(Target target, @Nullable Object value, Scope scope) {
    switch (target) {
      case Target.Variable variable -> scope.set(variable.name(), value);
      case Target.Field field -> {
        if (!(scope.get(field.namespace()) instanceof Namespace space)) {
          throw new TemplateException("'" + field.namespace() + "' is no namespace");
        }
        space.fields().put(field.name(), value);
      }
      case Target.Several several -> {
        List<@Nullable Object> values = Python.iterate(value);
        if (values.size() != several.targets().size()) {
          throw new TemplateException(
              "%d values are given to %d names".formatted(values.size(), several.targets().size()));
        }
        for (int i = 0; i < values.size(); i++) {
          assign(several.targets().get(i), values.get(i), scope);
        }
      }
    }
  }

  private @Nullable Object callBlock(Node.CallBlock node, Scope scope) {
    Expr.Call call = node.call();
    Object callee = Evaluator.evaluate(call.callee(), scope);
    Given given = Evaluator.given("call", call.arguments(), scope);
    Map<String, @Nullable Object> named = new LinkedHashMap<>(given.named());
    named.put("caller", macro(node.caller(), scope));
    return Evaluator.call(callee, new Given(given.name(), given.positional(), named));
  }

  /** A macro sees the scope it is defined in, not the one it is called from. */
  private Callable macro(Node.Macro macro, Scope definition) {
    return given -> {
      int caller = line;
      StringBuilder out = new StringBuilder();
      run(macro.body(), parameters(macro, given, definition), out);
      line = caller;
      return out.toString();
    };
  }

  private Scope parameters(Node.Macro macro, Given given, Scope definition) {
    Scope scope = new Scope(definition);
    Map<String, @Nullable Object> extra = new HashMap<>(given.named());
    List<Node.Macro.Parameter> parameters = macro.parameters();
    for (int i = 0; i < parameters.size(); i++) {
      String name = parameters.get(i).name();
      Expr otherwise = parameters.get(i).otherwise();
      Object value;
      if (given.has(i, name)) {
        value = given.get(i, name, null);
      } else {
        value =
            otherwise == null
                ? new Undefined("parameter '" + name + "'")
                : Evaluator.evaluate(otherwise, scope);
      }
      scope.set(name, value);
      extra.remove(name);
    }
    int count = Math.min(parameters.size(), given.positional().size());
    List<@Nullable Object> rest = given.positional();
    scope.set("varargs", new Tuple(rest.subList(count, rest.size())));
    scope.set("caller", extra.getOrDefault("caller", new Undefined("'caller'")));
    extra.remove("caller");
    scope.set("kwargs", new LinkedHashMap<>(extra));
    return scope;
  }
}
