using NB = global::NBitcoin;

namespace Market.Bitcoin.Wallet.Tests.Differential.Oracle;

/// <summary>Values of this library as NBitcoin's.</summary>
internal static class Theirs
{
    public static NB.Network Of(Network network) =>
        network == Network.Mainnet ? NB.Network.Main
        : network == Network.Testnet ? NB.Network.TestNet
        : network == Network.Regtest ? NB.Network.RegTest
        : throw new ArgumentOutOfRangeException(nameof(network), network, "NBitcoin does not know it.");

    public static NB.Script Of(Script script) => NB.Script.FromBytesUnsafe(script.ToArray());

    public static NB.TxOut Of(TxOut output) => new(NB.Money.Satoshis(output.Value.Sats), Of(output.ScriptPubKey));

    public static NB.uint256 Of(Hash256 hash) => new(hash.ToArray());

    public static Hash256 Back(NB.uint256 hash) => new(hash.ToBytes());

    public static byte[] Bytes(NB.IBitcoinSerializable value) => NB.BitcoinSerializableExtensions.ToBytes(value);

    /// <summary>Reads a transaction from the front of the bytes, as it does; the bytes that it left are told.</summary>
    public static NB.Transaction? Transaction(byte[] bytes, out int left)
    {
        left = 0;
        try
        {
            var stream = new NB.BitcoinStream(bytes) { ConsensusFactory = NB.Network.Main.Consensus.ConsensusFactory };
            var transaction = stream.ConsensusFactory.CreateTransaction();
            transaction.ReadWrite(stream);
            left = (int)(stream.Inner.Length - stream.Inner.Position);
            return transaction;
        }
        catch (Exception error) when (IsRefusal(error))
        {
            return null;
        }
    }

    /// <summary>It refuses by exceptions of many kinds, some of them by accident.</summary>
    public static bool IsRefusal(Exception error) => error is not (OutOfMemoryException or StackOverflowException);
}
