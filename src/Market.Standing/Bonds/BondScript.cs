using System.Diagnostics.CodeAnalysis;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;

namespace Market.Standing;

/// <summary>
/// What a bond's coin is locked by: wsh(and_v(v:pk(KEY),after(T))), as miniscript compiles it, on either chain. The key takes it
/// back
/// once the chain's median time is past T. A wallet that knows descriptors makes and spends it as well.
/// </summary>
/// <param name="Key">33 bytes.</param>
/// <param name="Locktime">T: Unix seconds, from <see cref="LeastLocktime"/> on. Heights are not taken: two chains count different
/// ones.</param>
public sealed record BondScript(PublicKey Key, uint Locktime)
{
    /// <summary>Locktimes below are heights.</summary>
    public const uint LeastLocktime = 500_000_000;

    private const int LongestSignature = 72;

    /// <summary>KEY CHECKSIGVERIFY T CHECKLOCKTIMEVERIFY.</summary>
    public Script WitnessScript => new ScriptBuilder()
        .PushBytes(Key.Span).Op(Opcode.OP_CHECKSIGVERIFY).Number(Locktime).Op(Opcode.OP_CHECKLOCKTIMEVERIFY).Build();

    /// <summary>P2WSH of the witness script.</summary>
    public Script ScriptPubKey => Script.P2wsh(WitnessScript);

    /// <summary>The lock of a compressed key; null where the time is none.</summary>
    public static BondScript? Create(PublicKey key, long locktime)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.IsCompressed && locktime is >= LeastLocktime and <= uint.MaxValue ? new BondScript(key, (uint)locktime) : null;
    }

    /// <summary>Takes a bond back: final once the chain's median time is past T.</summary>
    /// <param name="coin">The output that is locked.</param>
    /// <param name="amount">What it holds.</param>
    /// <param name="key">The lock's key; not disposed.</param>
    /// <param name="destination">Where it all goes, less the fee.</param>
    /// <param name="rate">The feerate.</param>
    /// <param name="transaction">What takes it; null where what is left would be dust.</param>
    public bool TryWithdraw(
        OutPoint coin, Amount amount, PrivateKey key, Script destination, FeeRate rate,
        [NotNullWhen(true)] out Transaction? transaction)
    {
        ArgumentNullException.ThrowIfNull(key);
        if (!key.PublicKey.Equals(Key))
        {
            throw new ArgumentException("The key is not the bond's.", nameof(key));
        }

        transaction = null;
        var input = new TxIn(coin, Script.Empty, TxIn.ReplaceableSequence, WitnessOf(new byte[LongestSignature]));
        var sized = new Transaction(2, [input], [new TxOut(amount, destination)], Locktime);
        var output = new TxOut(amount - rate.FeeFor(sized.VirtualSize), destination);
        if (Dust.IsDust(output))
        {
            return false;
        }

        var unsigned = new Transaction(2, [input with { Witness = Witness.Empty }], [output], Locktime);
        var hash = new PrecomputedTransaction(unsigned, [new TxOut(amount, ScriptPubKey)])
            .WitnessV0Sighash(0, WitnessScript.Span, (uint)SighashType.All);
        transaction = new Transaction(
            2, [input with { Witness = WitnessOf(key.SignEcdsa(hash).ToScriptItem()) }], [output], Locktime);
        return true;
    }

    private Witness WitnessOf(byte[] signature) => new(signature, WitnessScript.ToArray());
}
