using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using Market.Bitcoin.Encoding;
using static Market.Bitcoin.Wallet.Tests.Differential.DifferentialTests;

namespace Market.Bitcoin.Wallet.Tests.Differential;

/// <summary>Types, scripts and witnesses of random miniscripts against @bitcoinerlab/miniscript.</summary>
public sealed partial class MiniscriptDifferentialTests(Peers peers) : IClassFixture<Peers>
{
    private const int Cases = 600;
    private const int SignatureLength = 72;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Both_say_the_same_of_what_is_valid_and_sane_and_compile_it_to_the_same_script(bool tapscript)
    {
        var mine = Many(tapscript ? 40 : 41, values => values.MiniscriptCandidate(tapscript), Cases);
        var theirs = await peers.AskAllAsync<Analysis>("miniscript", mine.Select(text => new { text, tapscript }));
        var (valid, sane) = (0, 0);
        foreach (var (text, found) in mine.Zip(theirs))
        {
            var isValid = Miniscript.TryParse(text, tapscript, out var parsed);
            Assert.True(
                isValid == found.Valid || (found.Valid && ArgumentOfWrapped().IsMatch(text)),
                $"valid {isValid}: {text}\n{found.Why}");
            if (!isValid)
            {
                continue;
            }

            valid++;
            Assert.True(parsed!.IsSane == found.Sane, $"sane {parsed.IsSane}: {text}\n{found.Why}");
            Assert.Equal(Assemble(found.Script), parsed.ToScript());
            sane += parsed.IsSane ? 1 : 0;
        }

        Assert.InRange(valid, Cases / 5, Cases * 9 / 10);
        Assert.InRange(sane, Cases / 20, valid - 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_way_of_spending_is_found_by_both_and_none_is_smaller_there(bool tapscript)
    {
        var mine = Many(tapscript ? 42 : 43, values => values.Miniscript(tapscript, sane: true), Cases / 2);
        var theirs = await peers.AskAllAsync<Analysis>("miniscript", mine.Select(text => new { text, tapscript }));
        var ways = 0;
        foreach (var (text, found) in mine.Zip(theirs))
        {
            Assert.True(Miniscript.TryParse(text, tapscript, out var parsed));
            Assert.True(found.Sane, $"{text}: {found.Why}");
            Assert.NotEmpty(found.Ways);
            var sizes = found.Ways.Select(way => Size(way.Items)).ToList();
            foreach (var (way, size) in found.Ways.Zip(sizes))
            {
                // Whoever has no more than this way needs finds a way, and it is no larger.
                Assert.True(parsed.TrySatisfy(AssetsOf(way), out var witness), $"{text}\n{way}");
                Assert.True(Size(witness) <= size, $"{text}\n{way}: {Size(witness)} > {size}");
                ways++;
            }

            // Whoever has everything finds the smallest that nobody can change.
            Assert.True(parsed.TrySatisfy(Everything, out var smallest), text);
            if (!found.Ways.Any(way => way.Items.Contains("preimage(", StringComparison.Ordinal)))
            {
                Assert.True(Size(smallest) == sizes.Min(), $"{text}: {Size(smallest)}, not {sizes.Min()}");
            }

            // Others may know a preimage: where a way without signature is open, it is the one that cannot be changed.
            Assert.Contains(Size(smallest), sizes);
        }

        Assert.True(ways > Cases / 2);
    }

    private static MiniscriptAssets Everything => new()
    {
        Signature = _ => new byte[SignatureLength],
        Preimage = (_, _) => new byte[32],
        Older = _ => true,
        After = _ => true,
    };

    private static MiniscriptAssets AssetsOf(Way way) => new()
    {
        Signature = key => way.Items.Contains($"<sig({key.Text})>", StringComparison.Ordinal)
            ? (ReadOnlyMemory<byte>?)new byte[SignatureLength] : null,
        Preimage = (kind, hash) => way.Items.Contains(
            $"<{kind.ToString().ToLowerInvariant()}_preimage({Hex.Encode(hash.Span)})>", StringComparison.Ordinal)
                ? (ReadOnlyMemory<byte>?)new byte[32] : null,
        Older = lockTime => lockTime <= way.Sequence && (lockTime & 0x400000) == (way.Sequence & 0x400000),
        After = lockTime => lockTime <= way.LockTime && lockTime < 500_000_000 == way.LockTime < 500_000_000,
    };

    // What a witness takes, each item with its length; the last words are the first pushed.
    private static int Size(ImmutableArray<ReadOnlyMemory<byte>> witness) => witness.Sum(item => 1 + item.Length);

    private static int Size(string items) => items.Split(' ', StringSplitOptions.RemoveEmptyEntries).Sum(item => item switch
    {
        "0" => 1,
        "1" => 2,
        _ when item.StartsWith("<sig(", StringComparison.Ordinal) => 1 + SignatureLength,
        _ when item.Contains("preimage(", StringComparison.Ordinal) => 33,
        _ => 1 + (item.Length - 2) / 2,
    });

    private static Script Assemble(string words)
    {
        var builder = new ScriptBuilder();
        foreach (var word in words.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            const string hashOf = "<HASH160(";
            _ = word switch
            {
                _ when word.StartsWith(hashOf, StringComparison.Ordinal) => builder.PushBytes(
                    Hash160.Of(Hex.Decode(word[hashOf.Length..^2])).ToArray()),
                ['<', ..] => builder.PushBytes(Hex.Decode(word[1..^1])),
                ['O', 'P', '_', ..] => builder.Op(Enum.Parse<Opcode>(word)),
                _ => builder.Number(long.Parse(word, CultureInfo.InvariantCulture)),
            };
        }

        return builder.Build();
    }

    // There a: and s: keep their argument's z, o and n; by BIP379 they do not, so j:, s: and d: have less to stand on here.
    [GeneratedRegex(@"[jsd][a-z]*:(and_b|or_b|thresh)[(]")]
    private static partial Regex ArgumentOfWrapped();

    private sealed record Way(string Items, uint LockTime, uint Sequence);

    private sealed record Analysis(bool Valid, bool Sane, string? Why, string Script, Way[] Ways);
}
