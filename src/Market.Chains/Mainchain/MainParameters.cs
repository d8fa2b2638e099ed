using Market.Bitcoin;
using Market.Bitcoin.Ledger;

namespace Market.Chains.Mainchain;

/// <summary>
/// A mainchain that this program validates by itself: Bitcoin's rules with every soft fork active from genesis, and a
/// target that never changes.
/// </summary>
/// <param name="Profile">The network's figures.</param>
/// <param name="Genesis">The first block, whole.</param>
public sealed record MainParameters(NetworkProfile Profile, Block Genesis)
{
    private const string RegtestGenesis =
        "0100000000000000000000000000000000000000000000000000000000000000000000003ba3edfd7a7b12b27ac72c3e67768f61"
        + "7fc81bc3888a51323a9fb8aa4b1e5e4adae5494dffff7f2002000000010100000001000000000000000000000000000000000000"
        + "0000000000000000000000000000ffffffff4d04ffff001d0104455468652054696d65732030332f4a616e2f323030392043"
        + "68616e63656c6c6f72206f6e206272696e6b206f66207365636f6e64206261696c6f757420666f722062616e6b73ffffffff0100"
        + "f2052a01000000434104678afdb0fe5548271967f1a67130b7105cd6a828e03909a67962e0ea1f61deb649f6bc3f4cef38c4f355"
        + "04e51ec112de5c384df7ba0b8d578a4c702b6bf11d5fac00000000";

    /// <summary>The embedded chain: about 2^18 hashes a block.</summary>
    public static MainParameters Devnet { get; } = new(
        NetworkProfile.Of("devnet"), DevnetGenesis());

    /// <summary>Bitcoin's regression test network, on which any hash is work enough.</summary>
    public static MainParameters Regtest { get; } = new(
        NetworkProfile.Of("regtest"), Block.Parse(Convert.FromHexString(RegtestGenesis)));

    /// <summary>The network's name.</summary>
    public string Name => Profile.Name;

    /// <summary>How addresses are written.</summary>
    public Network Network => Profile.Addresses;

    /// <summary>New coins at a height.</summary>
    public IssuanceSchedule Issuance => Profile.Issuance;

    /// <summary>Seconds between blocks that the network aims at.</summary>
    public int TargetSpacing => Profile.Spacing;

    /// <summary>The parameters of a network's name; null where this program cannot validate that chain.</summary>
    public static MainParameters? Find(string name) =>
        Array.Find([Devnet, Regtest], parameters => string.Equals(parameters.Name, name, StringComparison.Ordinal));

    /// <summary>What the ledger asks of its blocks.</summary>
    public LedgerRules Rules(IScriptRules scripts) => LedgerRules.Bitcoin(scripts) with { Issuance = Issuance };

    private static Block DevnetGenesis()
    {
        const int version = 0x20000000;
        const uint time = 1_767_225_600;
        const uint bits = 0x1e3fffc0;
        const uint nonce = 912083;
        var text = Script.OpReturn("A market for shares of blocks, 2026"u8);
        var coinbase = new Transaction(
            2,
            [new TxIn(OutPoint.Null, new Script(new byte[] { 0x00, 0x00 }), TxIn.FinalSequence)],
            [new TxOut(new Amount(50 * Amount.Coin), text)],
            0);
        var header = new BlockHeader(
            version, default, coinbase.Id.Value, time, new CompactTarget(bits), nonce);
        return new Block(header, [coinbase]);
    }
}
