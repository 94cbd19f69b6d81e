package dev.puna.engine.constraint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.puna.tensor.PunaException;
import java.math.BigDecimal;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JsonSchemaTest {
  private static String json(String text) {
    return text.replace('\'', '"');
  }

  /** Texts in single quotes for double ones, separated by ~. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "{} | {'a':[1,{'b':null}],'c': 'd'}~true~-0.5e+3~''~[] | {'a'}~[1,]~01~+1~tru~{a:1}~nullx",
        "true | 1 | x",
        "{'type':'string'} | ''~'a'~'\\n\\u00e4\\\"'~'\u4e2d' | a~'~'\t'~'\\x'~'\\ud800'~1",
        "{'type':['string','null']} | null~'x' | 1~true",
        "{'type':'boolean'} | true~false | null~True",
        "{'type':'integer'} | 0~-5~1234567890123456 | 1.5~-0~01~12345678901234567~1e3",
        "{'type':'number'} | 0~-0.25~1e5~3.14E-10 | .5~1.~1e~1e100~--1",
        "{'enum':['a',1,null,{'b':[1,2]}]} | 'a'~1~null~{'b':[1,2]} | 'b'~2~{'b':[1]}",
        "{'const':'x\\ny'} | 'x\\ny' | 'xy'",
        "{'enum':['a',1,2.5],'type':'integer'} | 1 | 'a'~2.5",
        "{'minLength':2,'maxLength':3} | 'ab'~'a\\n\\u0041'~'\u4e2d\u4e2d' | 'a'~'abcd'~''~1",
        "{'type':'string','pattern':'^a+$'} | 'a'~'aaa' | ''~'b'~'ab'",
        "{'type':'string','pattern':'b'} | 'b'~'abc' | 'ac'~''",
        "{'pattern':'^[\\\"\\\\\\\\x]$'} | '\\\"'~'\\\\'~'x' | 'y'",
        "{'format':'date'} | '2024-12-31'~'2023-02-28' | '2024-13-01'~'2024-02-30'~'24-01-01'",
        "{'format':'time'} | '23:59:59Z'~'00:00:00.25+01:00' | '24:00:00Z'~'12:00'",
        "{'format':'date-time'} | '2024-01-31T23:59:59Z' | '2024-01-31 23:59:59Z'",
        "{'format':'uuid'} | '123e4567-e89b-12d3-a456-426614174000' | '123e4567'",
        "{'format':'email'} | 'a.b@c.org' | 'a@b'~'@c.org'",
        "{'items':{'type':'integer'}} | []~[1]~[1, 2,3] | [1,]~['a']~[,1]",
        "{'items':{'type':'null'},'minItems':2,'maxItems':3} | [null,null]~[null, null, null] |"
            + " []~[null]",
        "{'prefixItems':[{'type':'integer'},{'type':'boolean'}],'minItems':1} | [1]~[1,true] |"
            + " []~[true]~[1,true,1]",
        "{'prefixItems':[{'type':'integer'}],'items':{'type':'boolean'},'maxItems':2} |"
            + " []~[1]~[1,true] | [1,true,true]~[true]",
        "{'prefixItems':[{'type':'integer'}],'items':false} | []~[1] | [1,2]",
        "{'items':false} | [] | [1]",
        "{'minItems':2,'type':'array'} | [1,'a']~[1,2,3] | [1]",
        "{'type':'object'} | {}~{'a': 1,'b':{}} | []~{'a'}",
        "{'properties':{'a':{'type':'integer'},'b':{'type':'null'}},'required':['a']} |"
            + " {'a':1}~{'a': 1, 'b': null} |"
            + " {}~{'b':null}~{'b':null,'a':1}~{'a':1,'c':2}~{'a':1,}",
        "{'properties':{'a':{'const':1},'b':{'const':2},'c':{'const':3}},'required':['b']} |"
            + " {'b':2}~{'a':1,'b':2}~{'b':2,'c':3} | {}~{,'b':2}~{'a':1}~{'a':1,'c':3}",
        "{'properties':{'a':{'const':1},'b':{'const':2}}} | {}~{'a':1}~{'b':2}~{'a':1,'b':2} |"
            + " {'c':1}~{'a':1'b':2}",
        "{'properties':{'ab':{'const':1}},'additionalProperties':{'const':2}} |"
            + " {}~{'ab':1}~{'ab':1,'a':2,'abc':2,'b':2}~{'':2} |"
            + " {'ab':2}~{'a':1}~{'x':2,'ab':2}~{'\\u0061b':2}",
        "{'additionalProperties':{'type':'boolean'}} | {}~{'a':true,'b':false} | {'a':1}",
        "{'additionalProperties':false,'type':'object'} | {} | {'a':1}",
        "{'required':['x'],'additionalProperties':{'const':0}} | {'x':0}~{'x':0,'y':0} |"
            + " {}~{'y':0}",
        "{'properties':{'q\\\"\\\\\\n"
            + "':{'const':1}},'required':['q\\\"\\\\\\n"
            + "']} | {'q\\\"\\\\\\n"
            + "':1} | {'q':1}",
        "{'properties':{'a':false,'b':{'const':1}}} | {}~{'b':1} | {'a':1}",
        "{'anyOf':[{'type':'integer'},{'type':'string','maxLength':1}]} | 1~'a'~'' | 'ab'~null",
        "{'oneOf':[{'type':'integer'},{'type':'null'}]} | 1~null | 'a'",
        "{'type':'object','properties':{'t':{'type':'string'}},'anyOf':[{'properties':{'t':{'const':'a'}},'required':['t']},{'properties':{'u':{'const':2}},'required':['u']}]}"
            + " | {'t':'a'}~{'u':2}~{'t':'xyz','u':2} | {}~{'t':'b'}",
        "{'allOf':[{'properties':{'a':{'minimum':1}}},{'properties':{'a':{'type':'integer','maximum':2}},'required':['a']}]}"
            + " | {'a':1}~{'a':2} | {'a':0}~{'a':3}~{}",
        "{'allOf':[{'type':['string','integer']},{'type':['number','null']}]} | 5~-3 |"
            + " 1.5~'a'~null",
        "{'allOf':[{'minLength':1,'maxLength':5},{'minLength':2,'maxLength':3}]} | 'ab'~'abc' |"
            + " 'a'~'abcd'",
        "{'$ref':'#/$defs/n','$defs':{'n':{'properties':{'v':{'const':1},'next':{'$ref':'#/$defs/n'}},'required':['v']}}}"
            + " | {'v':1}~{'v':1,'next':{'v':1,'next':{'v':1}}} | {}~{'v':1,'next':{}}",
        "{'items':{'$ref':'#'}} | []~[[],[[]]] | [1]~[[]",
        "{'$ref':'#/definitions/a~1b/anyOf/1','definitions':{'a/b':{'anyOf':[{'const':1},{'const':2}]}}}"
            + " | 2 | 1",
        "{'$ref':'#/$defs/s','maxLength':2,'$defs':{'s':{'type':'string','minLength':1}}} |"
            + " 'a'~'ab' | ''~'abc'",
        "{'allOf':[{'$ref':'#/$defs/t'}],'$defs':{'t':{'properties':{'k':{'allOf':[{'$ref':'#/$defs/t'}]}}}}}"
            + " | {}~{'k':{'k':{}}} | {'k':1}",
        "{'title':'t','description':'d','default':5,'examples':[1],'$comment':'c','type':'null','x-y':1}"
            + " | null | 1",
        "{'type':'integer','minimum':0} | 0~7~1234567890123456 | -1~00",
        "{'type':'number','minimum':0,'exclusiveMaximum':1} | 0~0.5~0.999~0.0 | 1~-0.1~1.0~-0",
      })
  void admits(String schema, String yes, String no) {
    CompiledConstraint compiled = Walk.schema(json(schema));
    for (String text : yes.split("~")) {
      assertThat(Walk.admits(compiled, json(text))).as("%s by %s", text, schema).isTrue();
    }
    for (String text : no.split("~")) {
      assertThat(Walk.admits(compiled, json(text))).as("%s by %s", text, schema).isFalse();
    }
  }

  /** Longer than schemas may be deep. */
  @Test
  void chainsOfReferences() {
    StringBuilder schema = new StringBuilder("{\"$ref\":\"#/$defs/d0\",\"$defs\":{");
    for (int i = 0; i < 1000; i++) {
      schema.append("\"d%d\":{\"$ref\":\"#/$defs/d%d\"},".formatted(i, i + 1));
    }
    CompiledConstraint compiled = Walk.schema(schema + "\"d1000\":{\"const\":7}}}");
    assertThat(Walk.admits(compiled, "7")).isTrue();
    assertThat(Walk.admits(compiled, "8")).isFalse();
  }

  @Test
  void ranges() {
    Random random = new Random(3);
    for (int round = 0; round < 400; round++) {
      BigDecimal a = number(random);
      BigDecimal b = number(random);
      BigDecimal low = a.min(b);
      BigDecimal high = a.max(b);
      boolean lowOpen = random.nextInt(3) == 0;
      boolean highOpen = random.nextInt(3) == 0;
      boolean whole = random.nextBoolean();
      boolean hasLow = random.nextInt(5) > 0;
      boolean hasHigh = random.nextInt(5) > 0 || !hasLow;
      String schema =
          "{\"type\":\"%s\"".formatted(whole ? "integer" : "number")
              + (hasLow
                  ? ",\"%s\":%s"
                      .formatted(lowOpen ? "exclusiveMinimum" : "minimum", low.toPlainString())
                  : "")
              + (hasHigh
                  ? ",\"%s\":%s"
                      .formatted(highOpen ? "exclusiveMaximum" : "maximum", high.toPlainString())
                  : "")
              + "}";
      CompiledConstraint compiled;
      try {
        compiled = Walk.schema(schema);
      } catch (PunaException e) {
        assertThat(e).as(schema).hasMessageContaining("no text meets");
        compiled = null;
      }
      for (int i = 0; i < 60; i++) {
        BigDecimal value =
            switch (random.nextInt(4)) {
              case 0 -> low;
              case 1 ->
                  high.add(new BigDecimal(random.nextInt(3) - 1).movePointLeft(random.nextInt(4)));
              default -> number(random);
            };
        value = whole ? value.setScale(0, java.math.RoundingMode.FLOOR) : value;
        int l = value.compareTo(low);
        int h = value.compareTo(high);
        boolean inside =
            (!hasLow || l > 0 || l == 0 && !lowOpen) && (!hasHigh || h < 0 || h == 0 && !highOpen);
        boolean admitted = compiled != null && Walk.admits(compiled, value.toPlainString());
        assertThat(admitted).as("%s by %s", value.toPlainString(), schema).isEqualTo(inside);
      }
    }
  }

  private static BigDecimal number(Random random) {
    int digits = random.nextInt(4);
    return BigDecimal.valueOf(random.nextInt(random.nextBoolean() ? 40 : 4000) - 20, digits);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '#',
      value = {
        "{'not':{}} | at # has the keyword 'not', which is not supported",
        "{'properties':{'a':{'multipleOf':2}}} | at #/properties/a has the keyword 'multipleOf'",
        "{'uniqueItems':true} | 'uniqueItems'",
        "{'patternProperties':{}} | 'patternProperties'",
        "{'type':'string','format':'ipv4'} | the format 'ipv4'",
        "{'type':'strnig'} | unknown type 'strnig'",
        "{'type':5} | type that is no text",
        "{'minLenght':2} | 'minLenght'",
        "{'$ref':'#/$defs/x'} | which is not there",
        "{'$ref':'http://example.org/x'} | refer to a place in it",
        "{'$ref':'#/$defs/%zz'} | wrong %-escape",
        "{'enum':5} | enum that is no list",
        "{'pattern':'a','minLength':2} | two of pattern",
        "{'pattern':'(?=a)'} | looks around",
        "{'allOf':[{'pattern':'a'},{'pattern':'b'}]} | combines two of 'pattern'",
        "{'enum':['abc'],'minLength':2} | beside enum",
        "{'minItems':-1} | minItems -1",
        "{'minItems':1.5} | minItems 1.5",
        "{'properties':[]} | properties that are no object",
        "{'required':'a'} | no list",
        "{'anyOf':{}} | is no list",
        "{'items':[{}]} | is no schema",
        "5 | is no schema",
        "false | no text meets",
        "{'type':'string','minLength':3,'maxLength':2} | no text meets",
        "{'properties':{'a':false},'required':['a']} | no text meets",
        "{'type':'integer','minimum':3,'maximum':2} | no text meets",
        "{'allOf':[{'type':'string'},{'type':'null'}]} | no text meets",
        "{'a':1,'a':2} | is not JSON",
        "{} {} | is not JSON",
        "{'type':'string' | is not JSON",
        "## | is empty",
      })
  void refuses(String schema, String says) {
    assertThatThrownBy(() -> Walk.schema(json(schema == null ? "" : schema)))
        .isInstanceOf(PunaException.class)
        .hasMessageContaining(says)
        .hasMessageNotContaining("\n");
  }
}
