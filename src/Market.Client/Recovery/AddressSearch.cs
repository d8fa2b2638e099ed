using Market.Bitcoin;
using Market.Chains;
using Market.Client.Wallets;

namespace Market.Client.Recovery;

/// <summary>
/// Which of a wallet's addresses a chain has ever paid: spent coins count too, so that a stretch of emptied addresses hides none
/// beyond (BIP44 asks for history).
/// </summary>
/// <param name="keys">The wallet's keys.</param>
/// <param name="chain">Which chain.</param>
/// <param name="gap">Addresses looked for beyond the last one found.</param>
internal sealed class AddressSearch(WalletKeys keys, ChainKind chain, uint gap)
{
    private readonly Dictionary<Script, (bool Change, uint Index)> _scripts = [];
    private readonly Dictionary<bool, uint> _known = new() { [false] = 0, [true] = 0 };
    private readonly Dictionary<bool, uint> _used = new() { [false] = 0, [true] = 0 };

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
        Extend(false);
        Extend(true);
        if (!_scripts.TryGetValue(script, out var own))
        {
            return false;
        }

        _used[own.Change] = Math.Max(_used[own.Change], own.Index + 1);
        return true;
    }

    /// <summary>Notes in the wallet's file which addresses are in use.</summary>
    public void Apply(WalletFile file)
    {
        file.Give(chain, change: false, _used[false]);
        file.Give(chain, change: true, _used[true]);
    }

    private void Extend(bool change)
    {
        for (; _known[change] < _used[change] + gap; _known[change]++)
        {
            _scripts[keys.ScriptOf(chain, change, _known[change])] = (change, _known[change]);
        }
    }
}
