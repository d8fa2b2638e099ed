using System.Collections.Immutable;
using System.Security.Cryptography;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains.Storage;

namespace Market.Api.Features.Dev;

/// <summary>The key that holds what a devnet's faucet gives away. It is the one key that a market has, and there is none but on a
/// devnet, whose coins are worth nothing.</summary>
public sealed class FaucetKey
{
    private readonly byte[] _secret;

    private FaucetKey(byte[] secret)
    {
        _secret = secret;
        using var key = PrivateKey.Create(secret);
        Script = Script.P2wpkh(key.PublicKey);
    }

    /// <summary>A script that nobody can spend from.</summary>
    public static Script Nobody { get; } = Script.FromHex("0014" + new string('0', 40));

    /// <summary>What pays the faucet.</summary>
    public Script Script { get; }

    /// <summary>The key of these 32 bytes.</summary>
    public static FaucetKey Of(byte[] secret) => new(secret);

    /// <summary>The key in a data folder, made where there is none.</summary>
    public static FaucetKey Open(string folder)
    {
        var path = Path.Combine(folder, "devnet-faucet.key");
        if (!File.Exists(path))
        {
            PrivateFolder.Data(folder);
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            using var made = new FileStream(path, options);
            made.Write(RandomNumberGenerator.GetBytes(PrivateKey.Length));
        }
        return new FaucetKey(File.ReadAllBytes(path));
    }

    /// <summary>A signed transaction that spends one output of the faucet's.</summary>
    public Transaction Sign(OutPoint from, TxOut spent, ImmutableArray<TxOut> outputs)
    {
        var unsigned = new Transaction(2, [new TxIn(from, Script.Empty, TxIn.FinalSequence)], outputs, 0);
        return TransactionSigner.Sign(unsigned, [spent], _ => PrivateKey.Create(_secret));
    }

    /// <inheritdoc/>
    public override string ToString() => "the faucet's key";
}
