using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using static Market.Chains.Tests.Relay.Spending;

namespace Market.Chains.Tests.Relay;

/// <summary>One case for each relay rule, on both sides of it.</summary>
internal static class RelayCases
{
    private const string NoTaproot = "bcoin knows no witness version but 0";
    private static readonly string Wpkh = $"wpkh({Owner})";
    private static readonly Script Anything = new ScriptBuilder().Number(1).Build();

    public static IEnumerable<RelayCase> All => [.. Kindly(), .. Outputs(), .. Dusty(), .. Shapes(), .. Inputs(), .. Witnesses()];

    // Spending each standard kind of output.
    private static IEnumerable<RelayCase> Kindly()
    {
        foreach (var kind in Kinds)
        {
            yield return Case($"spends {kind[..8]}", RelayError.None, coin => Pay(coin, kind, [Rest(coin)])) with
            {
                Spends = ScriptOf(kind),
            };
        }

        yield return Case("spends a bare key", RelayError.None, coin => Bare(
            coin, unsigned => new ScriptBuilder().PushBytes(LegacySignature(coin, unsigned)).Build())) with
        {
            Spends = Script.P2pk(Owner),
        };
        yield return Case("spends a bare multisig", RelayError.None, coin => Bare(
            coin, unsigned => new ScriptBuilder().Number(0).PushBytes(LegacySignature(coin, unsigned)).Build())) with
        {
            Spends = BareMultisig,
        };
        var taproot = $"tr({Owner})";
        yield return Case("spends taproot", RelayError.None, coin => Pay(coin, taproot, [Rest(coin)])) with
        {
            Spends = ScriptOf(taproot),
            DiffersOnBcoin = NoTaproot,
        };
    }

    private static IEnumerable<RelayCase> Outputs()
    {
        yield return Output("pays data of 80 bytes", RelayError.None, 0, Script.OpReturn(new byte[80]));
        yield return Output("pays data of 81 bytes", RelayError.DataTooLong, 0, Script.OpReturn(new byte[81]));
        yield return Output("pays data of 10,000 bytes", RelayError.DataTooLong, 0, Script.OpReturn(new byte[10_000]));
        yield return Case("pays data twice", RelayError.SeveralDataOutputs, coin => Pay(
            coin, Wpkh, [Rest(coin), Data(), Data()]));
        yield return Output("pays a bare key", RelayError.None, 1_000, Script.P2pk(Owner));
        yield return Output(
            "pays one of three", RelayError.None, 1_000, Script.Multisig(1, Owner, Key(2).PublicKey, Key(3).PublicKey));
        yield return Output(
            "pays one of four", RelayError.ScriptPubKey, 1_000,
            Script.Multisig(1, Owner, Key(2).PublicKey, Key(3).PublicKey, Key(4).PublicKey));
        yield return Output("pays anybody", RelayError.ScriptPubKey, 1_000, Anything);
        yield return Output("pays nothing at all", RelayError.ScriptPubKey, 1_000, Script.Empty);
        yield return Output("pays taproot", RelayError.None, 1_000, ScriptOf($"tr({Owner})")) with
        {
            DiffersOnBcoin = NoTaproot,
        };
        yield return Output("pays a witness to come", RelayError.None, 1_000, Script.WitnessProgram(7, new byte[20])) with
        {
            DiffersOnBcoin = NoTaproot,
        };
    }

    // Each kind of output with the least amount, and with one satoshi less.
    private static IEnumerable<RelayCase> Dusty()
    {
        foreach (var script in new[]
        {
            Own, Script.P2pkh(Owner), Script.P2sh(Own), Script.P2wsh(Own), Script.P2pk(Owner), BareMultisig,
        })
        {
            var least = Dust.Threshold(script).Sats;
            yield return Output($"pays {least} to {script.Kind}", RelayError.None, least, script);
            yield return Output($"pays {least - 1} to {script.Kind}", RelayError.Dust, least - 1, script);
        }
    }

    private static IEnumerable<RelayCase> Shapes()
    {
        yield return Case("version 1", RelayError.None, coin => Pay(coin, Wpkh, [Rest(coin)], 1));
        yield return Case("version 3", RelayError.None, coin => Pay(coin, Wpkh, [Rest(coin)], 3)) with
        {
            DiffersOnBcoin = "bcoin is older than version 3 (BIP431)",
        };
        yield return Sized("version 3 of 10,000 vB", RelayError.None, RelayPolicy.MaxVersion3Size) with
        {
            DiffersOnBcoin = "bcoin is older than version 3 (BIP431)",
        };
        yield return Sized("version 3 of 10,001 vB", RelayError.TooLargeForVersion3, RelayPolicy.MaxVersion3Size + 1);
        yield return Case("version 4", RelayError.Version, coin => Pay(coin, Wpkh, [Rest(coin)], 4));
        yield return Case("version 0", RelayError.Version, coin => Pay(coin, Wpkh, [Rest(coin)], 0));
        foreach (var (policy, by) in new[] { (RelayPolicy.Default, "every node"), (RelayPolicy.Core30, "Bitcoin Core 30") })
        {
            var enough = policy == RelayPolicy.Default ? RelayError.None : RelayError.FeeTooLow;
            yield return Case($"pays the least fee of {by}", enough, coin => PayFee(coin, policy.MinimumFeeRate, 0));
            yield return Case(
                $"pays one less than the least fee of {by}", RelayError.FeeTooLow, coin => PayFee(coin, policy.MinimumFeeRate, -1));
        }

        yield return Case("pays more than it has", RelayError.NegativeFee, coin => Pay(coin, Wpkh, [Rest(coin, -1)]));
        yield return Case("shorter than 65 bytes", RelayError.TooSmall, coin => Pay(
            coin, Wpkh, [new TxOut(default, Script.OpReturn([]))])) with
        {
            DiffersOnBcoin = "bcoin is older than the rule of 65 bytes",
        };
        yield return Heavy("of 400,000 weight", RelayError.None, 400_000) with
        {
            DiffersOnBcoin = "bcoin's limit begins one weight unit lower",
        };
        yield return Heavy("of 399,999 weight", RelayError.None, 399_999);
        yield return Heavy("of 400,001 weight", RelayError.TooHeavy, 400_001);
        yield return Case("with 16,000 signature operations", RelayError.None, coin => Costly(coin, 200)) with
        {
            Spends = ScriptOf(Kinds[0]),
            Amount = new Amount(1_000_000),
        };
        yield return Case("with 16,080 signature operations", RelayError.TooManySigOps, coin => Costly(coin, 201)) with
        {
            Spends = ScriptOf(Kinds[0]),
            Amount = new Amount(1_000_000),
        };
    }

    private static IEnumerable<RelayCase> Inputs()
    {
        var pkh = ScriptOf(Kinds[0]);
        yield return Case("a scriptSig that computes", RelayError.ScriptSigNotPushOnly, coin => WithInput(
            Pay(coin, Kinds[0], [Rest(coin)]),
            input => input with { ScriptSig = new Script((byte[])[0x61, .. input.ScriptSig.Span]) })) with
        {
            Spends = pkh,
        };
        yield return Case("a scriptSig of 1,651 bytes", RelayError.ScriptSigSize, coin => Bare(
            coin, _ => new Script(new byte[1651]))) with
        {
            Spends = pkh,
        };
        yield return Case("spends what anybody may", RelayError.NonStandardInput, coin => Bare(coin)) with
        {
            Spends = Anything,
        };
        foreach (var (count, expected) in new[] { (15, RelayError.None), (16, RelayError.NonStandardInput) })
        {
            var redeem = Idle(count);
            yield return Case($"P2SH of {count} signature operations", expected, coin => Bare(
                coin, _ => new ScriptBuilder().PushBytes(redeem.Span).Build())) with
            {
                Spends = Script.P2sh(redeem),
            };
        }

        yield return Case("a signature of something else", RelayError.Script, coin => WithInput(
            Pay(coin, Wpkh, [Rest(coin)]), input => input with { Sequence = 2 }));
        yield return Case("a push longer than it need be", RelayError.Script, coin => Bare(coin, unsigned => new Script(
            (byte[])[0x4c, (byte)LegacySignature(coin, unsigned).Length, .. LegacySignature(coin, unsigned)]))) with
        {
            Spends = Script.P2pk(Owner),
        };
    }

    /// <summary>A script with signature operations that are counted and never run: IF is given nought.</summary>
    public static Script Idle(int sigOps)
    {
        var builder = new ScriptBuilder().Number(0).Op(Opcode.OP_IF);
        for (var i = 0; i < sigOps; i++)
        {
            builder.Op(Opcode.OP_CHECKSIG);
        }

        return builder.Op(Opcode.OP_ENDIF).Number(1).Build();
    }

    private static IEnumerable<RelayCase> Witnesses()
    {
        // DROP takes an item of any length; the size of the stack is counted, and so is the script's.
        yield return Witnessed("a witness item of 80 bytes", RelayError.None, 1, 80);
        yield return Witnessed("a witness item of 81 bytes", RelayError.NonStandardWitness, 1, 81);
        yield return Witnessed("a witness of 100 items", RelayError.None, 100, 1);
        yield return Witnessed("a witness of 101 items", RelayError.NonStandardWitness, 101, 1);
        yield return Padded("a witness script of 3,600 bytes", RelayError.None, 3_600);
        yield return Padded("a witness script of 3,601 bytes", RelayError.NonStandardWitness, 3_601);
        yield return Case("a witness where none belongs", RelayError.NonStandardWitness, coin => WithInput(
            Pay(coin, Kinds[0], [Rest(coin)]), input => input with { Witness = new Witness(new byte[1]) })) with
        {
            Spends = ScriptOf(Kinds[0]),
        };
        var choice = new ScriptBuilder().Op(Opcode.OP_IF).Number(1).Op(Opcode.OP_ELSE).Number(1).Op(Opcode.OP_ENDIF).Build();
        foreach (var (item, expected) in new[] { (1, RelayError.None), (2, RelayError.Script) })
        {
            yield return Case($"IF is given {item}", expected, coin => Bare(
                coin, witness: new Witness([(byte)item], choice.ToArray()))) with
            {
                Spends = Script.P2wsh(choice),
            };
        }
    }

    private static RelayCase Case(string name, RelayError expected, Func<RelayCoin, Transaction> build) =>
        new(name, Own, Plenty, build, expected);

    private static RelayCase Output(string name, RelayError expected, long amount, Script script) => Case(
        name, expected, coin => Pay(coin, Wpkh, [Rest(coin, Fee + amount), new TxOut(new Amount(amount), script)]));

    private static TxOut Data() => new(default, Script.OpReturn(new byte[20]));

    private static Transaction PayFee(RelayCoin coin, FeeRate rate, long difference)
    {
        var size = RelayPolicy.VirtualSize(Pay(coin, Wpkh, [Rest(coin)]), [coin.Output]);
        var least = rate.FeeFor(size).Sats;
        var paid = Pay(coin, Wpkh, [Rest(coin, least + difference)]);

        // Signatures differ in length now and then.
        return RelayPolicy.VirtualSize(paid, [coin.Output]) == size ? paid : Pay(coin, Wpkh, [Rest(coin, least + difference - 1)]);
    }

    // Outputs fill the weight; the witness, whose bytes weigh one each, does the rest.
    private static RelayCase Heavy(string name, RelayError expected, int weight)
    {
        var drops = new ScriptBuilder();
        for (var i = 0; i < 60; i++)
        {
            drops.Op(Opcode.OP_DROP);
        }

        var script = drops.Number(1).Build();
        return new RelayCase(name, Script.P2wsh(script), new Amount(10_000_000), coin => Weigh(coin, script, weight), expected);
    }

    private static Transaction Weigh(RelayCoin coin, Script script, int weight)
    {
        Transaction Make(int outputs, int extra)
        {
            var items = Enumerable.Range(0, 60).Select(i => new byte[Math.Clamp(extra - 80 * i, 0, 80)]);
            return new Transaction(
                2,
                [new TxIn(coin.OutPoint, Script.Empty, 1, new Witness([.. items, script.ToArray()]))],
                [.. Enumerable.Repeat(new TxOut(new Amount(500), Own), outputs), Rest(coin, 1_000_000 + 500 * outputs)],
                0);
        }

        var each = Make(1001, 0).Weight - Make(1000, 0).Weight;
        var outputs = 1000 + (weight - Make(1000, 0).Weight) / each;
        outputs -= weight < Make(outputs, 0).Weight ? 1 : 0;
        var made = Make(outputs, weight - Make(outputs, 0).Weight);
        return made.Weight == weight ? made : throw new InvalidOperationException($"It weighs {made.Weight}, not {weight}.");
    }

    // Outputs of 31 bytes fill the size; the witness, four bytes to one, does the rest.
    private static RelayCase Sized(string name, RelayError expected, int size)
    {
        var script = new ScriptBuilder().Op(Opcode.OP_DROP).Op(Opcode.OP_DROP).Number(1).Build();
        return new RelayCase(name, Script.P2wsh(script), new Amount(1_000_000), coin => Size(coin, script, size), expected);
    }

    private static Transaction Size(RelayCoin coin, Script script, int size)
    {
        Transaction Make(int outputs, int extra) => new(
            3,
            [
                new TxIn(coin.OutPoint, Script.Empty, 1, new Witness(
                    new byte[Math.Min(extra, 80)], new byte[Math.Clamp(extra - 80, 0, 80)], script.ToArray())),
            ],
            [.. Enumerable.Repeat(new TxOut(new Amount(500), Own), outputs), Rest(coin, 100_000 + 500 * outputs)],
            0);

        var outputs = 290;
        while (Make(outputs + 1, 0).VirtualSize <= size)
        {
            outputs++;
        }

        var extra = Math.Max(0, 4 * (size - Make(outputs, 0).VirtualSize));
        var made = Make(outputs, extra);
        return made.VirtualSize == size ? made : throw new InvalidOperationException($"It is {made.VirtualSize} vB, not {size}.");
    }

    private static Transaction Costly(RelayCoin coin, int multisigs)
    {
        // Each output counts 20 operations, four times over; the input counts none.
        var output = new TxOut(new Amount(1_000), BareMultisig);
        return Pay(coin, Kinds[0], [.. Enumerable.Repeat(output, multisigs), Rest(coin, 600_000)]);
    }

    private static RelayCase Witnessed(string name, RelayError expected, int items, int length)
    {
        var builder = new ScriptBuilder();
        for (var i = 0; i < items; i++)
        {
            builder.Op(Opcode.OP_DROP);
        }

        var script = builder.Number(1).Build();
        byte[][] witness = [.. Enumerable.Repeat(new byte[length], items), script.ToArray()];
        return Case(name, expected, coin => Bare(coin, witness: new Witness(witness))) with { Spends = Script.P2wsh(script) };
    }

    private static RelayCase Padded(string name, RelayError expected, int length)
    {
        // Pushes of 250 bytes that are dropped, and one that fills what is left.
        var builder = new ScriptBuilder();
        while (builder.Build().Length < length - 330)
        {
            builder.PushBytes(new byte[250]).Op(Opcode.OP_DROP);
        }

        var left = length - builder.Build().Length - 2;
        var script = builder.PushBytes(new byte[left - (left > 257 ? 3 : 2)]).Op(Opcode.OP_DROP).Number(1).Build();
        script = script.Length == length ? script : throw new InvalidOperationException($"{script.Length}, not {length}.");
        return Case(name, expected, coin => Bare(coin, witness: new Witness(script.ToArray()), fee: 5_000)) with
        {
            Spends = Script.P2wsh(script),
        };
    }
}
