using System.Collections.Immutable;

namespace Market.Bitcoin.Wallet;

/// <summary>Reads descriptors from text.</summary>
/// <param name="network">Whose extended keys they may hold.</param>
internal sealed class DescriptorReader(Network network)
{
    private const int MaxTextLength = 20_000;

    private readonly Dictionary<string, DescriptorKey> _keys = new(StringComparer.Ordinal);
    private bool _badKey;

    /// <summary>Checks length, characters and checksum.</summary>
    public static DescriptorError CheckText(string? text, bool requireChecksum, out string body)
    {
        body = string.Empty;
        if (text is null || text.Length > MaxTextLength)
        {
            return DescriptorError.Malformed;
        }

        var mark = text.IndexOf('#', StringComparison.Ordinal);
        body = mark < 0 ? text : text[..mark];
        if (DescriptorChecksum.Compute(body) is not { } checksum)
        {
            return DescriptorError.Malformed;
        }

        return (mark < 0 ? requireChecksum : text[(mark + 1)..] != checksum)
            ? DescriptorError.Checksum
            : DescriptorError.None;
    }

    /// <summary>Reads the text without checksum.</summary>
    public DescriptorError Read(string body, out Descriptor? descriptor)
    {
        descriptor = null;
        if (Inside(body, "tr(") is { } taproot)
        {
            return ReadTaproot(body, taproot, out descriptor);
        }

        foreach (var (front, kind) in new[]
        {
            ("pkh(", DescriptorKind.Pkh), ("wpkh(", DescriptorKind.Wpkh), ("sh(wpkh(", DescriptorKind.ShWpkh),
        })
        {
            if (Inside(body, front) is { } inner)
            {
                var key = ReadKey(inner, kind == DescriptorKind.Pkh ? DescriptorKeyForm.Any : DescriptorKeyForm.Compressed);
                descriptor = key is null ? null : Make(kind, body, key, null, null);
                return key is null ? DescriptorError.Key : DescriptorError.None;
            }
        }

        foreach (var (front, kind) in new[] { ("wsh(", DescriptorKind.Wsh), ("sh(wsh(", DescriptorKind.ShWsh) })
        {
            if (Inside(body, front) is { } inner)
            {
                var script = ReadScript(inner, tapscript: false);
                descriptor = script is null ? null : Make(kind, body, null, script, null);
                return Result(script);
            }
        }

        return DescriptorError.Kind;
    }

    private DescriptorError ReadTaproot(string body, string inner, out Descriptor? descriptor)
    {
        descriptor = null;
        var comma = inner.IndexOf(',', StringComparison.Ordinal);
        var key = ReadKey(comma < 0 ? inner : inner[..comma], DescriptorKeyForm.XOnly);
        if (key is null)
        {
            return DescriptorError.Key;
        }

        DescriptorTree? tree = null;
        if (comma >= 0 && (tree = ReadTree(inner[(comma + 1)..], 0)) is null)
        {
            return Result(null);
        }

        descriptor = Make(DescriptorKind.Tr, body, key, null, tree);
        return DescriptorError.None;
    }

    private DescriptorTree? ReadTree(string text, int depth)
    {
        if (depth > Taproot.MaxDepth)
        {
            return null;
        }

        if (text is not ['{', .. var inner, '}'])
        {
            return ReadScript(text, tapscript: true) is { } script ? new DescriptorTree(script) : null;
        }

        // The comma between the two sides is the one outside all brackets.
        var open = 0;
        for (var i = 0; i < inner.Length; i++)
        {
            open += inner[i] is '{' or '(' ? 1 : inner[i] is '}' or ')' ? -1 : 0;
            if (open == 0 && inner[i] == ',')
            {
                var left = ReadTree(inner[..i], depth + 1);
                var right = left is null ? null : ReadTree(inner[(i + 1)..], depth + 1);
                return right is null ? null : new DescriptorTree(null, left, right);
            }
        }

        return null;
    }

    private Miniscript? ReadScript(string text, bool tapscript)
    {
        var parsed = Miniscript.TryParse(text, tapscript, out var script, inner =>
        {
            if (ReadKey(inner, tapscript ? DescriptorKeyForm.XOnly : DescriptorKeyForm.Compressed) is not { } key)
            {
                _badKey = true;
                return null;
            }

            // The key of the first index stands in for typing and size.
            var point = key.Derive(0);
            return MiniscriptKey.Of((tapscript ? point.XOnly.Span : point.Span).ToArray(), inner);
        });
        return parsed && script!.IsSane ? script : null;
    }

    private DescriptorKey? ReadKey(string text, DescriptorKeyForm form)
    {
        if (_keys.TryGetValue(text, out var known))
        {
            return known;
        }

        if (DescriptorKey.TryParse(text, network, form, out var key))
        {
            _keys[text] = key;
        }

        return key;
    }

    private DescriptorError Result(Miniscript? script)
    {
        if (script is not null)
        {
            return DescriptorError.None;
        }

        return _badKey ? DescriptorError.Key : DescriptorError.Script;
    }

    private Descriptor Make(
        DescriptorKind kind, string body, DescriptorKey? key, Miniscript? script, DescriptorTree? tree) =>
        new(kind, body, key, script, tree, _keys.ToImmutableDictionary(StringComparer.Ordinal));

    private static string? Inside(string text, string front)
    {
        var back = new string(')', front.Count(character => character == '('));
        return text.Length >= front.Length + back.Length && text.StartsWith(front, StringComparison.Ordinal)
            && text.EndsWith(back, StringComparison.Ordinal)
            ? text[front.Length..^back.Length]
            : null;
    }
}
