using System.Globalization;

namespace Market.Bitcoin.Tests;

/// <summary>Reads scripts as Bitcoin Core's test files write them.</summary>
internal static class ScriptAssembler
{
    private static readonly Dictionary<string, Opcode> Names = Enum.GetNames<Opcode>()
        .Select(name => (Name: name, Opcode: Enum.Parse<Opcode>(name)))
        .Where(pair => pair.Opcode is >= Opcode.OP_NOP and < Opcode.OP_INVALIDOPCODE or Opcode.OP_RESERVED)
        .SelectMany(pair => new[] { pair, (Name: pair.Name[3..], pair.Opcode) })
        .ToDictionary(pair => pair.Name, pair => pair.Opcode);

    public static Script Assemble(string text)
    {
        var builder = new ScriptBuilder();
        foreach (var word in text.Split([' ', '\t', '\n'], StringSplitOptions.RemoveEmptyEntries))
        {
            if (long.TryParse(word, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            {
                builder.Number(number);
            }
            else if (word.StartsWith("0x", StringComparison.Ordinal))
            {
                builder.Append(Script.FromHex(word[2..]));
            }
            else if (word is ['\'', .. var quoted, '\''])
            {
                builder.PushBytes(System.Text.Encoding.UTF8.GetBytes(quoted));
            }
            else
            {
                builder.Op(Names[word]);
            }
        }

        return builder.Build();
    }

    public static ScriptFlags Flags(string text) => text
        .Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Aggregate(ScriptFlags.None, (flags, name) => flags | (name == "NONE" ? 0 : Enum.Parse<ScriptFlags>(name)));
}
