package dev.puna.examples;

import dev.puna.engine.Chat;
import dev.puna.engine.Constraint;
import dev.puna.engine.Engine;
import dev.puna.engine.Generation;
import dev.puna.engine.Options;
import dev.puna.engine.Request;
import dev.puna.engine.Sampling;
import dev.puna.engine.Stop;
import dev.puna.tokenizer.chat.BuiltInTemplates;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/** What the public classes' documentation shows, as code that is compiled and run. */
final class Examples {
  private Examples() {}

  static void text(Path model, Consumer<String> out) {
    // @start region="text"
    try (Engine engine = Engine.open(model)) {
      engine.submit("Once upon a time", Sampling.greedy(), Stop.after(20)).stream(out);
    }
    // @end
  }

  static void chat(Path model, Consumer<String> out) {
    // @start region="chat"
    try (Engine engine = Engine.open(model)) {
      Chat chat = engine.chat(BuiltInTemplates.of("chatml")).stop(Stop.after(20));
      chat.system("You are terse.");
      chat.say("Who are you?").stream(out);
      chat.say("And who am I?").stream(out);
    }
    // @end
  }

  static double embedding(Path model) {
    // @start region="embedding"
    try (Engine engine = Engine.open(model)) {
      float[] cat = engine.embed("A cat sits on the mat.");
      float[] dog = engine.embed("A dog lies on the rug.");
      double similarity = 0; // both have length 1
      for (int i = 0; i < cat.length; i++) {
        similarity += cat[i] * dog[i];
      }
      return similarity;
    }
    // @end
  }

  static List<Generation.Result> together(Path model) {
    // @start region="together"
    try (Engine engine = Engine.open(model, Options.defaults().parallel(8))) {
      Request request =
          new Request(
              engine.encode("Once upon a time"),
              Sampling.greedy().temperature(0.8).topK(40).seed(7),
              Stop.after(20));
      return engine.submit(request, 8).stream().map(Generation::await).toList();
    }
    // @end
  }

  // @start region="ask"
  record Person(String name, int age) {}

  static Person person(Path model) {
    try (Engine engine = Engine.open(model)) {
      Chat chat = engine.chat(BuiltInTemplates.of("chatml")).stop(Stop.after(60));
      return chat.ask("Invent a person.", Person.class);
    }
  }

  // @end

  static String choice(Path model) {
    // @start region="choice"
    try (Engine engine = Engine.open(model)) {
      Request request =
          new Request(engine.encode("Her name was"), Sampling.greedy(), Stop.after(10))
              .constraint(new Constraint.Choice(List.of(" Lily", " Anna")));
      return engine.submit(request).await().text();
    }
    // @end
  }
}
