using Market.Bitcoin.Encoding;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>One case of each named difference: what both say of it, held so that a change on either side is seen.</summary>
public sealed class KnownDifferences
{
    private static readonly PublicKey Key = Spender.Key(1).PublicKey;

    private static Transaction Unsigned { get; } = new(
        2, [new TxIn(new OutPoint(new TxId(Hashes.Sha256([1])), 0), Script.Empty, TxIn.FinalSequence)],
        [new TxOut(new Amount(1000), Script.P2wpkh(Key))], 0);

    [Fact]
    public void Every_name_is_held_by_a_case() => Assert.Equal(
        Enum.GetValues<KnownDifference>().Order(),
        Held.Select(each => each.Name).Order());

    [Fact]
    public void Every_case_still_differs_as_its_name_says() =>
        Assert.All(Held, each => Assert.Equal(each.Name, each.Ask().Known));

    // Without the one thing that is named both say the same.
    [Fact]
    public void Beside_every_case_stands_one_in_which_nothing_differs() =>
        Assert.All(Held, each => Assert.Equal((null, null), (each.Beside().Known, each.Beside().Unexplained)));

    private static IEnumerable<(KnownDifference Name, Func<Verdict> Ask, Func<Verdict> Beside)> Held =>
    [
        (KnownDifference.TrailingBytesOfTransaction,
            () => TransactionOracle.Read([.. Unsigned.ToArray(), 0]), () => TransactionOracle.Read(Unsigned.ToArray())),

        // BIP350's own vectors of valid addresses.
        (KnownDifference.AddressOfUnknownWitnessProgram,
            () => KeyOracle.Read("BC1SW50QGDZ25J", Network.Mainnet),
            () => KeyOracle.Read("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", Network.Mainnet)),
        (KnownDifference.AddressOfNoPoint,
            () => KeyOracle.Read(
                "bc1phcepjvfjqfgm8x6d5cp3f957zx204z9z0vd52a02t4t289gja95qnuxnuc", Network.Mainnet),
            () => KeyOracle.Read(
                "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", Network.Mainnet)),
        (KnownDifference.Nop1RunAsLockTime,
            () => Run(ScriptFlags.Consensus, Opcode.OP_NOP1, Opcode.OP_1),
            () => Run(ScriptFlags.Consensus, Opcode.OP_NOP4, Opcode.OP_1)),
        (KnownDifference.LocksDiscouraged,
            () => Run(ScriptFlags.DISCOURAGE_UPGRADABLE_NOPS, Opcode.OP_CHECKSEQUENCEVERIFY, Opcode.OP_1),
            () => Run(ScriptFlags.None, Opcode.OP_CHECKSEQUENCEVERIFY, Opcode.OP_1)),
        (KnownDifference.ConstScriptCodeIgnored,
            () => Run(ScriptFlags.CONST_SCRIPTCODE, Opcode.OP_CODESEPARATOR, Opcode.OP_1),
            () => Run(ScriptFlags.None, Opcode.OP_CODESEPARATOR, Opcode.OP_1)),
        (KnownDifference.PsbtTrailingBytes, () => Of(Sequence(5), 0), () => Of(Sequence(5))),
        (KnownDifference.PsbtTruncated,
            () => PsbtOracle.Read(Sequence(5).ToArray()[..^1]), () => Of(Sequence(5))),
        (KnownDifference.PsbtKeyLength,
            () => Of(Aggregate(32)), () => Of(Aggregate(33))),
        (KnownDifference.PsbtInvalidKey,
            () => Of(With(PsbtGlobalType.Proprietary, [9, 1], [1])), () => Of(With(PsbtGlobalType.Proprietary, [1, 1, 0], [1]))),
        (KnownDifference.PsbtInvalidValue, () => Of(Output(0)), () => Of(Output())),
        (KnownDifference.PsbtAmountOutOfRange,
            () => Of(Paying(Amount.MaxMoney + 1)), () => Of(Paying(Amount.MaxMoney))),
        (KnownDifference.PsbtFinalSequenceLeftOut, () => Of(Sequence(TxIn.FinalSequence)), () => Of(Sequence(5))),
        (KnownDifference.PsbtLockThatDoesNotBind,
            () => Of(Locked(TxIn.FinalSequence)), () => Of(Locked(5))),
        (KnownDifference.MessagePrefix,
            () => MessageOracle.Judge("mine", Script.P2wpkh(Key), Signature),
            () => MessageOracle.Judge("mine", Script.P2wpkh(Key), Signature[3..])),
        (KnownDifference.MiniscriptUntyped,
            () => DescriptorOracle.Compile($"and_v(pk({Key}),pk({Key}))", tapscript: false),
            () => DescriptorOracle.Compile($"and_v(v:pk({Key}),pk({Key}))", tapscript: false)),
    ];

    private static string Signature
    {
        get
        {
            using var key = Spender.Key(1);
            return Bip322.Sign("mine"u8, Script.P2wpkh(Key), key);
        }
    }

    private static Verdict Run(ScriptFlags flags, params ReadOnlySpan<Opcode> operations)
    {
        var script = new Script(operations.ToArray().Select(each => (byte)each).ToArray());
        return ScriptOracle.Judge(new ScriptCase(Unsigned, [new TxOut(new Amount(1000), script)], 0, flags));
    }

    private static Psbt With(ulong type, byte[] keyData, byte[] value)
    {
        var psbt = Psbt.Create(Unsigned);
        (type == PsbtGlobalType.Proprietary ? psbt.Global : psbt.Inputs[0]).Set(type, keyData, value);
        return psbt;
    }

    private static Psbt Output(params byte[] behind) => With(
        PsbtInputType.SpentOutput, [],
        new ByteWriter().Int64(1000).VarBytes(Script.P2wpkh(Key).Span).Bytes(behind).ToArray());

    private static Psbt Aggregate(int keyLength)
    {
        var psbt = Psbt.Create(Unsigned);
        psbt.Outputs[0].Set(PsbtOutputType.MuSigParticipants, Key.Span[..keyLength].ToArray(), Key.Span.ToArray());
        return psbt;
    }

    private static Psbt Paying(long sats)
    {
        var psbt = Sequence(5);
        psbt.Outputs[0].Set(PsbtOutputType.Amount, BitConverter.GetBytes(sats));
        return psbt;
    }

    private static Psbt Locked(uint sequence)
    {
        var psbt = Sequence(sequence);
        psbt.Inputs[0].Set(PsbtInputType.RequiredHeight, BitConverter.GetBytes(500_000u));
        return psbt;
    }

    private static Psbt Sequence(uint sequence)
    {
        var psbt = Psbt.CreateVersion2(Unsigned);
        psbt.Inputs[0].Set(PsbtInputType.Sequence, BitConverter.GetBytes(sequence));
        return psbt;
    }

    private static Verdict Of(Psbt psbt, params byte[] behind) => PsbtOracle.Read([.. psbt.ToArray(), .. behind]);
}
