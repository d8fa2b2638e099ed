using Market.Bitcoin.Encoding;
using Market.Fuzzing;

namespace Market.Bitcoin.Wallet.Tests.Differential;

/// <summary>
/// This library against bitcoinjs-lib and @scure/btc-signer, on random values of fixed seeds: what is made here is read
/// there to the same end, and the other way round.
/// </summary>
public sealed class DifferentialTests(Peers peers) : IClassFixture<Peers>
{
    private const int Cases = 300;

    private static readonly uint[] HashTypes = [0, 1, 2, 3, 0x81, 0x82, 0x83, 1, 1, 0, 4, 0x80, 0x1f, 0x41, 0xff];

    [Fact]
    public async Task Transactions_made_here_are_read_there()
    {
        var mine = Many(1, values => values.Transaction());
        var theirs = await peers.AskAllAsync<ReadTransaction>("transaction", mine.Select(each => new { raw = each.ToHex() }));
        foreach (var (transaction, found) in mine.Zip(theirs))
        {
            Assert.Equal(transaction.ToHex(), found.Again);
            Assert.Equal(transaction.ToHex(), found.ScureAgain);
            Assert.Equal(transaction.Id.ToString(), found.Id);
            Assert.Equal(found.Id, found.ScureId);
            Assert.Equal(transaction.WitnessId.ToString(), found.WitnessId);
            Assert.Equal((transaction.Weight, transaction.VirtualSize), (found.Weight, found.VirtualSize));
            Assert.Equal(transaction.Inputs.Length, found.Inputs);
            Assert.Equal(
                transaction.Outputs.Select(output => new ReadOutput($"{output.Value.Sats}", output.ScriptPubKey.ToString())),
                found.Outputs);
        }
    }

    [Fact]
    public async Task Transactions_made_there_are_read_here()
    {
        var theirs = await peers.AskAllAsync<MadeTransaction>(
            "make", Enumerable.Range(0, Cases).Select(seed => new { seed }));
        foreach (var made in theirs)
        {
            Assert.True(Transaction.TryParse(Hex.Decode(made.Raw), out var transaction, out var error), $"{error}: {made.Raw}");
            Assert.Equal(made.Raw, transaction.ToHex());
            Assert.Equal((made.Id, made.WitnessId), (transaction.Id.ToString(), transaction.WitnessId.ToString()));
            Assert.Equal((made.Weight, made.Size), (transaction.Weight, transaction.StrippedSize));
        }

        Assert.Contains(theirs, made => made.Id != made.WitnessId);
        Assert.Contains(theirs, made => made.Id == made.WitnessId);
    }

    [Fact]
    public async Task Signature_hashes_are_the_same()
    {
        var mine = Many(2, SighashCase.Make);
        var theirs = await peers.AskAllAsync<Sighashes>("sighash", mine.Select(each => each.Question));
        var refused = 0;
        foreach (var (each, found) in mine.Zip(theirs))
        {
            var (spend, index, type) = (each.Spend, each.Index, each.Type);
            var legacy = Convert.ToHexStringLower(spend.LegacySighash(index, each.Script.Span, type).ToArray());
            Assert.Equal(legacy, found.ScureLegacy);

            // SINGLE without an output signs the number one: Core keeps it little-endian, bitcoinjs-lib big-endian.
            var isOne = (type & 0x1f) == 3 && index >= spend.Transaction.Outputs.Length;
            Assert.Equal(isOne ? $"{1:x64}" : legacy, found.Legacy);
            var segwit = Convert.ToHexStringLower(spend.WitnessV0Sighash(index, each.Script.Span, type).ToArray());
            Assert.Equal(segwit, found.Segwit);
            Assert.Equal(segwit, found.ScureSegwit);
            refused += CheckTaproot(each, found) ? 0 : 1;
        }

        Assert.InRange(refused, 1, Cases - 100);
    }

    [Fact]
    public async Task Addresses_written_here_are_written_there()
    {
        var mine = Many(3, values => (Script: values.AddressScript(), Network: values.OneOf([.. RandomValues.Networks])));
        var theirs = await peers.AskAllAsync<Answers>(
            "address", mine.Select(each => new { script = each.Script.ToString(), network = Describe(each.Network) }));
        foreach (var ((script, network), found) in mine.Zip(theirs))
        {
            var address = BitcoinAddress.FromScript(script, network).ToString();
            var isKnown = script.Kind is not (ScriptKind.WitnessUnknown or ScriptKind.Anchor);
            Assert.True(found.Bitcoinjs == address || (!isKnown && found.Bitcoinjs is null), $"{script}: {found.Bitcoinjs}");
            Assert.True(found.Scure == address || (!isKnown && found.Scure is null), $"{script}: {found.Scure}");
        }

        Assert.Contains(mine.Zip(theirs), pair =>
            pair.First.Script.Kind == ScriptKind.WitnessUnknown && pair.Second.Bitcoinjs is not null);
    }

    [Fact]
    public async Task Addresses_right_and_wrong_are_read_the_same()
    {
        var target = FuzzTargets.Find("address")!;
        var mutator = new Mutator(target, 4);
        var mine = Many(4, values =>
        {
            var network = values.OneOf([.. RandomValues.Networks]);
            var script = values.AddressScript();
            var text = BitcoinAddress.FromScript(script, values.Chance(8) ? Network.Testnet : network).ToString();
            var good = System.Text.Encoding.Latin1.GetBytes(text);
            return (Network: network, Text: System.Text.Encoding.Latin1.GetString(
                values.Chance(3) ? good : values.Chance(2) ? mutator.Next([good]) : target.Repair!(mutator.Next([good]))));
        });
        var theirs = await peers.AskAllAsync<Answers>(
            "readAddress", mine.Select(each => new { text = each.Text, network = Describe(each.Network) }));
        var accepted = 0;
        foreach (var ((network, text), found) in mine.Zip(theirs))
        {
            var isRead = BitcoinAddress.TryParse(text, network, out var address, out var error);
            var script = address?.ScriptPubKey.ToString();
            accepted += isRead ? 1 : 0;

            // bitcoinjs-lib does not know short programs of version 1, btc-signer no version but 0 and 1.
            var isKnown = isRead && address!.ScriptPubKey.Kind is not (ScriptKind.WitnessUnknown or ScriptKind.Anchor);
            Assert.True(found.Bitcoinjs == script || (!isKnown && found.Bitcoinjs is null), $"{text}: {error}, {found}");
            Assert.True(found.Scure == script || (!isKnown && found.Scure is null), $"{text}: {error}, {found}");
        }

        Assert.InRange(accepted, Cases / 4, Cases - 50);
    }

    private static bool CheckTaproot(SighashCase each, Sighashes found)
    {
        var ours = each.Spend.TryTaprootSighash(each.Index, (SighashType)each.Type, each.Taproot, out var hash)
            ? Convert.ToHexStringLower(hash.ToArray()) : null;

        // Only what BIP341 allows is compared: the others hash what no signature may ask for.
        if (ours is null)
        {
            return false;
        }

        Assert.True(each.Taproot.CodeSeparatorPosition != TaprootSpend.NoCodeSeparator || ours == found.Taproot, found.Taproot);
        Assert.Equal(ours, found.ScureTaproot);
        return true;
    }

    internal static List<T> Many<T>(int seed, Func<RandomValues, T> make, int cases = Cases)
    {
        var values = new RandomValues(seed);
        return [.. Enumerable.Range(0, cases).Select(_ => make(values))];
    }

    internal static object Describe(Network network) => new
    {
        hrp = network.Bech32Hrp,
        pubKeyHash = network.PubKeyHashPrefix,
        scriptHash = network.ScriptHashPrefix,
        wif = network.SecretKeyPrefix,
        xpub = network.ExtendedPublicPrefix,
        xprv = network.ExtendedPrivatePrefix,
    };

    private sealed record SighashCase(PrecomputedTransaction Spend, int Index, Script Script, uint Type, TaprootSpend Taproot)
    {
        public required object Question { get; init; }

        public static SighashCase Make(RandomValues values)
        {
            var transaction = values.Transaction();
            var spent = transaction.Inputs.Select(_ => values.Output()).ToArray();
            var index = values.Below(transaction.Inputs.Length);

            // bitcoinjs-lib takes the signed input's own output for one of taproot, whose script has 34 bytes.
            spent[index] = spent[index] with { ScriptPubKey = Bitcoin.Script.P2tr(values.PublicKey().XOnly) };
            var script = values.Chance(2) ? values.AddressScript() : values.Operations();
            var type = values.OneOf(HashTypes);
            var leaf = values.Chance(2) ? values.Operations() : (Script?)null;
            byte[]? annex = values.Chance(3) ? [0x50, .. values.SomeBytes(100)] : null;
            var separator = leaf is not null && values.Chance(2) ? (uint)values.Below(20) : TaprootSpend.NoCodeSeparator;
            var writer = new ByteWriter();
            var taproot = new TaprootSpend(
                annex is null ? null : Hashes.Sha256(writer.VarBytes(annex).ToArray()),
                leaf is { } known ? Bitcoin.Taproot.LeafHash(known) : null,
                separator);
            return new SighashCase(new PrecomputedTransaction(transaction, [.. spent]), index, script, type, taproot)
            {
                Question = new
                {
                    raw = transaction.ToHex(),
                    index,
                    script = script.ToString(),
                    type,
                    values = spent.Select(output => $"{output.Value.Sats}"),
                    scripts = spent.Select(output => output.ScriptPubKey.ToString()),
                    leaf = leaf?.ToString(),
                    annex = annex is null ? null : Hex.Encode(annex),
                    separator = separator == TaprootSpend.NoCodeSeparator ? -1 : (long)separator,
                },
            };
        }
    }

    private sealed record ReadOutput(string Value, string Script);

    private sealed record ReadTransaction(
        string Again, string Id, string WitnessId, int Weight, int VirtualSize, string ScureId, string ScureAgain,
        int Inputs, ReadOutput[] Outputs);

    private sealed record MadeTransaction(string Raw, string Id, string WitnessId, int Weight, int Size);

    private sealed record Sighashes(
        string Legacy, string ScureLegacy, string Segwit, string ScureSegwit, string Taproot, string ScureTaproot);

    private sealed record Answers(string? Bitcoinjs, string? Scure);
}
