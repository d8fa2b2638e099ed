using System.Security.Cryptography;

namespace Market.Simulation;

/// <summary>What opens the scripts of a run: the contracts that were agreed on, and the parties' own keys.</summary>
internal sealed class SimContracts
{
    private const int ClaimItems = 3;
    private readonly List<ILegContract> _contracts = [];

    /// <summary>Adds a contract, once.</summary>
    public void Add(ILegContract contract)
    {
        if (Of(contract.ScriptPubKey) is null)
        {
            _contracts.Add(contract);
        }
    }

    /// <summary>The contract of a script; null for any other script.</summary>
    public ILegContract? Of(Script script) => IndexOf(script) is var at && at >= 0 ? _contracts[at] : null;

    /// <summary>The number of a script's contract; -1 for any other script.</summary>
    public int IndexOf(Script script)
    {
        for (var i = 0; i < _contracts.Count; i++)
        {
            if (_contracts[i].ScriptPubKey == script)
            {
                return i;
            }
        }

        return -1;
    }

    /// <summary>True where an input's witness has the form that opens a script. Signatures are not looked at.</summary>
    public bool Opens(Script script, Transaction transaction, TxIn input)
    {
        if (script.IsP2wpkh)
        {
            return input.Witness.Count == 2 && SimKeys.KeyOf(script) is { } key
                && input.Witness.Items[1].Span.SequenceEqual(key.Span);
        }

        if (Of(script) is not { } contract || input.Witness.Count != ClaimItems
            || !contract.TryReadSpend(input, out var kind, out var preimage))
        {
            return false;
        }

        return kind == SpendKind.Claim
            ? preimage is not null
            : transaction.LockTime >= contract.Locktime.UnixSeconds && input.Sequence != TxIn.FinalSequence;
    }
}

/// <summary>
/// The keys of all parties, made once for all runs: a run's contracts are its own by their locktimes. A party's swap keys derive
/// from its number and its counter, never from anything else.
/// </summary>
internal static class SimKeys
{
    private const int Swaps = 8;
    private static readonly byte[][,][] Secrets = [Make(0), Make(1)];
    private static readonly PrivateKey[] Wallets = [Secret(0, 0, 9), Secret(1, 0, 9)];
    private static readonly Script[] Homes = [Script.P2wpkh(Wallets[0].PublicKey), Script.P2wpkh(Wallets[1].PublicKey)];
    private static readonly PublicKey[,] Claims = Publish(0);
    private static readonly PublicKey[,] Refunds = Publish(1);

    /// <summary>Where everything goes that is a party's own.</summary>
    public static Script Home(Role role) => Homes[(int)role];

    /// <summary>The key of a wallet.</summary>
    public static PublicKey Wallet(Role role) => Wallets[(int)role].PublicKey;

    /// <summary>Whose a script is; null for nobody's.</summary>
    public static Role? OwnerOf(Script script) => script == Homes[0] ? Role.Initiator
        : script == Homes[1] ? Role.Participant : null;

    /// <summary>The key of a plain script; null where no party has it.</summary>
    public static PublicKey? KeyOf(Script script) => OwnerOf(script) is { } role ? Wallet(role) : null;

    /// <summary>A new copy of the key that claims the counterparty's leg of the n-th swap.</summary>
    public static PrivateKey ClaimKey(Role role, uint index) => PrivateKey.Create(Secrets[(int)role][index % Swaps, 0]);

    /// <summary>A new copy of the key that takes the own leg of the n-th swap back.</summary>
    public static PrivateKey RefundKey(Role role, uint index) => PrivateKey.Create(Secrets[(int)role][index % Swaps, 1]);

    /// <summary>What opens both legs of the n-th swap.</summary>
    public static Preimage PreimageOf(Role role, uint index) => Preimage.Create(Secrets[(int)role][index % Swaps, 2]);

    /// <summary>The public keys of the n-th swap: claim and refund. Numbers that no run reaches share one.</summary>
    public static (PublicKey Claim, PublicKey Refund) PublicOf(Role role, uint index) => index < Swaps
        ? (Claims[(int)role, index], Refunds[(int)role, index])
        : (Wallet(role), Wallet(role));

    /// <summary>The payment hash of the n-th swap.</summary>
    public static PaymentHash HashOf(Role role, uint index)
    {
        using var preimage = PreimageOf(role, index);
        return preimage.Hash;
    }

    /// <summary>What a party gives for its n-th swap.</summary>
    public static PartyKeys Give(Role role, uint index)
    {
        using var preimage = PreimageOf(role, index);
        return new PartyKeys(
            Claims[(int)role, index % Swaps], Refunds[(int)role, index % Swaps],
            role == Role.Initiator ? preimage.Hash : null,
            role == Role.Initiator ? Home(role) : null);
    }

    private static byte[,][] Make(byte party)
    {
        var secrets = new byte[Swaps, 3][];
        for (byte index = 0; index < Swaps; index++)
        {
            for (byte part = 0; part < 3; part++)
            {
                secrets[index, part] = SHA256.HashData([party, index, part]);
            }
        }

        return secrets;
    }

    private static PrivateKey Secret(byte party, byte index, byte part) =>
        PrivateKey.Create(SHA256.HashData([party, index, part]));

    private static PublicKey[,] Publish(int part)
    {
        var keys = new PublicKey[2, Swaps];
        for (var party = 0; party < 2; party++)
        {
            for (var index = 0; index < Swaps; index++)
            {
                using var key = PrivateKey.Create(Secrets[party][index, part]);
                keys[party, index] = key.PublicKey;
            }
        }

        return keys;
    }
}
