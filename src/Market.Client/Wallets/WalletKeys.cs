using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Market.Bitcoin;
using Market.Bitcoin.Wallet;
using Market.Chains;
using Market.Client.Api;
using Market.Client.Keys;
using Market.Swaps;
using Market.Swaps.Agent;

namespace Market.Client.Wallets;

/// <summary>
/// Every key of a wallet, derived from its one seed (BIP32), so that the seed alone rescues coins and swaps:
/// <list type="bullet">
/// <item>m/1017'/0': the account that signs requests;</item>
/// <item>m/84'/c'/0'/b/i: bitcoin, P2WPKH (BIP84), c the network's coin type, b 0 to receive and 1 for change;</item>
/// <item>m/84'/c'/1'/b/i: shares, likewise;</item>
/// <item>m/1017'/2'/n'/p': the n-th swap that the agent took part in, counted by the agent itself, p 0 for the claim key, 1
/// for the refund key, 2 for the preimage (BIP340's tagged hash of the private key, tag "market/preimage");</item>
/// <item>m/1017'/4'/c'/m': the bond that is locked until month m (<see cref="WalletBonds"/>), c 0 for bitcoin and 1 for
/// shares.</item>
/// </list>
/// Where the sharechain is another than the network's own, all of them lie below m/1017'/3'/t' in place of m, t the first 4 bytes
/// of the SHA-256 of its design's name, big-endian, without the top bit: the same words are another wallet there, and no key or
/// secret is ever used on two sharechains.
/// </summary>
public sealed class WalletKeys : IAccountKey, ISwapKeys, IDisposable
{
    private const uint OwnPurpose = 1017;
    private const uint OtherChains = 3;
    private const uint Bonds = 4;
    private const uint SegwitPurpose = 84;
    private const uint ClaimPart = 0;
    private const uint RefundPart = 1;
    private const uint PreimagePart = 2;
    private const string PreimageTag = "market/preimage";

    private readonly ExtendedPrivateKey _master;
    private readonly ExtendedPrivateKey _account;
    private readonly ExtendedPrivateKey _swaps;
    private readonly uint _coinType;
    private readonly Lock _lock = new();
    private readonly Dictionary<(ChainKind Chain, bool Change, uint Index), Script> _scripts = [];
    private readonly ConcurrentDictionary<(ChainKind Chain, bool Change), ExtendedPrivateKey> _branches = [];
    private readonly ConcurrentDictionary<uint, (PublicKey Claim, PublicKey Refund)> _swapKeys = [];

    // Once, before the first key of this process is used: the library may not be blinded while it signs.
    static WalletKeys() => Curve.Blind(RandomNumberGenerator.GetBytes(Curve.ScalarLength));

    /// <summary>The keys of a seed.</summary>
    /// <param name="seed">Not kept.</param>
    /// <param name="network">The network's name (<see cref="NetworkProfile"/>); decides the coin type of paths.</param>
    /// <param name="sharechain">The sharechain's design; null for the network's own.</param>
    public WalletKeys(Seed seed, string network, string? sharechain = null)
    {
        _master = MasterOf(seed, WalletChains.Of(network, sharechain));
        _coinType = NetworkProfile.Of(network).CoinType;
        _account = _master.Derive(KeyPath.Master.Child(OwnPurpose, true).Child(0, true));
        _swaps = _master.Derive(KeyPath.Master.Child(OwnPurpose, true).Child(2, true));
        Account = _account.Key.PublicKey.XOnly.ToString();
    }

    /// <inheritdoc/>
    public string Account { get; }

    /// <inheritdoc/>
    public byte[] Sign(ReadOnlySpan<byte> digest)
    {
        Span<byte> entropy = stackalloc byte[32];
        RandomNumberGenerator.Fill(entropy);
        return _account.Key.SignSchnorr(digest, entropy).Span.ToArray();
    }

    /// <summary>The script of an address of the wallet.</summary>
    /// <param name="chain">Which chain.</param>
    /// <param name="change">True for change.</param>
    /// <param name="index">Counted from 0.</param>
    public Script ScriptOf(ChainKind chain, bool change, uint index)
    {
        lock (_lock)
        {
            if (!_scripts.TryGetValue((chain, change, index), out var script))
            {
                using var key = KeyOf(chain, change, index);
                script = Script.P2wpkh(key.PublicKey);
                _scripts[(chain, change, index)] = script;
            }

            return script;
        }
    }

    /// <summary>The private key of an address of the wallet; the caller disposes it.</summary>
    public PrivateKey KeyOf(ChainKind chain, bool change, uint index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, KeyPath.Hardened);
        return BranchOf(chain, change).DeriveKey(index);
    }

    /// <summary>The private key of an address of the wallet; the caller disposes it.</summary>
    /// <param name="place">Where it is.</param>
    public PrivateKey KeyOf(KeyPlace place) => KeyOf(place.Chain, place.Change, place.Index);

    /// <summary>The key of the bond that is locked until a month; the caller disposes it.</summary>
    /// <param name="chain">Where it is.</param>
    /// <param name="month">Months since January 2020.</param>
    public PrivateKey BondKey(ChainKind chain, uint month)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(month, KeyPath.Hardened);
        using var branch = _master.Derive(KeyPath.Master
            .Child(OwnPurpose, true).Child(Bonds, true).Child(chain == ChainKind.Mainchain ? 0u : 1u, true));
        return branch.DeriveKey(month | KeyPath.Hardened);
    }

    /// <summary>The key that claims the counterparty's leg of the n-th swap; the caller disposes it.</summary>
    /// <param name="index">n, below 2^31.</param>
    public PrivateKey SwapClaimKey(uint index) => OfSwap(index, ClaimPart);

    /// <summary>The key that takes the own leg of the n-th swap back; the caller disposes it.</summary>
    /// <param name="index">n, below 2^31.</param>
    public PrivateKey SwapRefundKey(uint index) => OfSwap(index, RefundPart);

    /// <summary>The public keys of the n-th swap, claim and refund, derived together and once: a search looks at thousands, and is
    /// repeated until it finds all there is.</summary>
    /// <param name="index">n, below 2^31.</param>
    public (PublicKey Claim, PublicKey Refund) SwapPublicKeys(uint index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, KeyPath.Hardened);
        return _swapKeys.GetOrAdd(index, static (number, swaps) =>
        {
            using var swap = swaps.Derive(number | KeyPath.Hardened);
            using var claim = swap.DeriveKey(ClaimPart | KeyPath.Hardened);
            using var refund = swap.DeriveKey(RefundPart | KeyPath.Hardened);
            return (claim.PublicKey, refund.PublicKey);
        }, _swaps);
    }

    /// <summary>What opens both legs of the n-th swap, where this party is its initiator; the caller disposes it.</summary>
    /// <param name="index">n, below 2^31.</param>
    public Preimage SwapPreimage(uint index)
    {
        using var key = OfSwap(index, PreimagePart);
        var bytes = PreimageOf(key);
        var preimage = Preimage.Create(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return preimage;
    }

    /// <inheritdoc/>
    PrivateKey ISwapKeys.ClaimKey(uint index) => SwapClaimKey(index);

    /// <inheritdoc/>
    PrivateKey ISwapKeys.RefundKey(uint index) => SwapRefundKey(index);

    /// <inheritdoc/>
    Preimage ISwapKeys.PreimageOf(uint index) => SwapPreimage(index);

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var branch in _branches.Values)
        {
            branch.Dispose();
        }

        _account.Dispose();
        _swaps.Dispose();
        _master.Dispose();
    }

    /// <summary>The account; no secret.</summary>
    public override string ToString() => $"WalletKeys({Account})";

    private static ExtendedPrivateKey MasterOf(Seed seed, WalletChains chains)
    {
        var master = ExtendedPrivateKey.FromSeed(seed.Secret);
        if (chains == WalletChains.Of(chains.Network, null))
        {
            return master;
        }

        using (master)
        {
            var digest = SHA256.HashData(Encoding.UTF8.GetBytes(chains.Sharechain));
            var number = BinaryPrimitives.ReadUInt32BigEndian(digest) & ~KeyPath.Hardened;
            return master.Derive(KeyPath.Master.Child(OwnPurpose, true).Child(OtherChains, true).Child(number, true));
        }
    }

    private static byte[] PreimageOf(PrivateKey key)
    {
        Span<byte> secret = stackalloc byte[32];
        key.ExportTo(secret);
        var tag = SHA256.HashData(Encoding.ASCII.GetBytes(PreimageTag));
        Span<byte> tagged = stackalloc byte[96];
        tag.CopyTo(tagged);
        tag.CopyTo(tagged[32..]);
        secret.CopyTo(tagged[64..]);
        var preimage = SHA256.HashData(tagged);
        CryptographicOperations.ZeroMemory(secret);
        CryptographicOperations.ZeroMemory(tagged);
        return preimage;
    }

    // Searches derive thousands of addresses: the four steps above them are taken once.
    private ExtendedPrivateKey BranchOf(ChainKind chain, bool change) => _branches.GetOrAdd((chain, change), branch =>
        _master.Derive(KeyPath.Master
            .Child(SegwitPurpose, true).Child(_coinType, true).Child(branch.Chain == ChainKind.Mainchain ? 0u : 1u, true)
            .Child(branch.Change ? 1u : 0u)));

    private PrivateKey OfSwap(uint index, uint part)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, KeyPath.Hardened);
        using var swap = _swaps.Derive(index | KeyPath.Hardened);
        return swap.DeriveKey(part | KeyPath.Hardened);
    }
}
