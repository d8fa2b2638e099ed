using Market.Bitcoin;
using Market.Chains;
using Market.Client.Wallets;

namespace Market.Client.Recovery;

/// <summary>
/// Which of a wallet's addresses a chain has ever paid: spent coins count too, so that a stretch of emptied addresses hides none
/// beyond (BIP44 asks for history). On Bitcoin those of shares count as well, to which rewards are paid.
/// </summary>
/// <param name="keys">The wallet's keys.</param>
/// <param name="chain">Which chain.</param>
/// <param name="gap">Addresses looked for beyond the last one found.</param>
internal sealed class AddressSearch(WalletKeys keys, ChainKind chain, uint gap)
{
    private readonly Dictionary<Script, KeyPlace> _scripts = [];
    private readonly Dictionary<(ChainKind Addresses, bool Change), uint> _known =
        Wallet.BranchesOn(chain).ToDictionary(branch => branch, _ => 0u);

    private readonly Dictionary<(ChainKind Addresses, bool Change), uint> _used =
        Wallet.BranchesOn(chain).ToDictionary(branch => branch, _ => 0u);

    /// <summary>Takes a transaction in.</summary>
    public void Look(Transaction transaction)
    {
        foreach (var output in transaction.Outputs)
        {
            Look(output.ScriptPubKey);
        }
    }

    /// <summary>Takes a script in that something paid; true for one of the wallet's.</summary>
    public bool Look(Script script)
    {
        foreach (var branch in _used.Keys)
        {
            Extend(branch);
        }

        if (!_scripts.TryGetValue(script, out var own))
        {
            return false;
        }

        var used = (own.Chain, own.Change);
        _used[used] = Math.Max(_used[used], own.Index + 1);
        return true;
    }

    /// <summary>Notes in the wallet's file which addresses are in use.</summary>
    public void Apply(WalletFile file)
    {
        foreach (var ((addresses, change), used) in _used)
        {
            file.Give(addresses, change, used);
        }
    }

    private void Extend((ChainKind Addresses, bool Change) branch)
    {
        for (; _known[branch] < _used[branch] + gap; _known[branch]++)
        {
            var place = new KeyPlace(branch.Addresses, branch.Change, _known[branch]);
            _scripts[keys.ScriptOf(place.Chain, place.Change, place.Index)] = place;
        }
    }
}
