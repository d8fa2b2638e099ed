using System.Buffers.Binary;
using Market.Bitcoin;
using Market.Swaps.Agent;
using Market.Swaps.Tests.Machine;

namespace Market.Swaps.Tests.Agent;

public sealed class SwapSearchTests
{
    private static readonly Locktime Short = Locktime.At(1_800_000_000);
    private static readonly Locktime Long = Locktime.At(1_800_043_200);
    private static readonly Script Payout = Script.P2wpkh(Bench.Key(99));

    // Keys made of a number quickly: no derivation is tested here.
    private readonly SwapSearch _search = new(KeysOf, HashOf);

    [Fact]
    public void A_lock_that_names_both_own_keys_and_the_own_hash_is_an_own_sale()
    {
        var transaction = Lock(Own(3, Stranger(50)), Bench.Shares);

        _search.Look(transaction, 7, 1_799_990_000);

        var found = Assert.Single(_search.Found);
        Assert.Equal((3u, Role.Initiator, 7, 1_799_990_000), (found.KeyIndex, found.Role, found.Height, found.Time));
        Assert.Equal(Own(3, Stranger(50)), found.Terms);
        Assert.Equal((Bench.Shares, new OutPoint(transaction.Id, 0)), (found.InitiatorAmount, found.OutPoint));
    }

    [Fact]
    public void A_lock_that_names_both_own_keys_as_the_participants_is_an_own_purchase()
    {
        _search.Look(Lock(Terms(Stranger(50), KeysOf(4), HashOf(900_000)), Bench.Shares), null, 0);

        var found = Assert.Single(_search.Found);
        Assert.Equal((4u, Role.Participant, (int?)null), (found.KeyIndex, found.Role, found.Height));
    }

    // What others write with keys that were seen on the chain.
    [Fact]
    public void Keys_of_two_numbers_or_another_hash_are_none_of_ones_own()
    {
        _search.Look(Lock(Terms((KeysOf(1).Claim, KeysOf(2).Refund), Stranger(50), HashOf(1)), Bench.Shares), 1, 0);
        _search.Look(Lock(Terms(KeysOf(1), Stranger(50), HashOf(2)), Bench.Shares), 1, 0);
        _search.Look(Lock(Terms(Stranger(50), (KeysOf(1).Claim, Stranger(51).Refund), HashOf(2)), Bench.Shares), 1, 0);
        _search.Look(Lock(Terms(Stranger(50), Stranger(51), HashOf(2)), Bench.Shares), 1, 0);

        Assert.Empty(_search.Found);
        Assert.Null(_search.Highest);
        Assert.Equal(SwapSearch.Jump, _search.Next);
    }

    [Fact]
    public void The_search_goes_on_from_the_highest_number_found_and_the_counter_beyond_whatever_was_given_out()
    {
        var far = SwapSearch.Gap;
        _search.Look(Lock(Own(far, Stranger(50)), Bench.Shares), 1, 0);
        Assert.Empty(_search.Found);

        _search.Look(Lock(Own(10, Stranger(50)), Bench.Shares), 2, 0);
        _search.Look(Lock(Own(far, Stranger(51)), Bench.Shares), 3, 0);

        Assert.Equal([10u, far], _search.Found.Select(swap => swap.KeyIndex));
        Assert.Equal(far + 1 + SwapSearch.Jump, _search.Next);
    }

    // Three restores with nothing locked between leave the fourth able to find what the third's counter gave out.
    [Fact]
    public void What_was_given_out_after_three_restores_in_a_row_is_found_by_the_fourth()
    {
        _search.Look(Lock(Own(5, Stranger(50)), Bench.Shares), 1, 0);
        var afterThree = 6 + 3 * SwapSearch.Jump;
        var last = afterThree + SwapSearch.MostUnlocked - 1;
        _search.Look(Lock(Own(last, Stranger(50)), Bench.Shares), 2, 0);

        Assert.Equal(last, _search.Highest);
    }

    [Fact]
    public void The_same_terms_locked_again_are_one_swap_and_the_lock_in_a_block_stands()
    {
        var (first, second) = (Lock(Own(3, Stranger(50)), Bench.Shares, 1), Lock(Own(3, Stranger(50)), Bench.Shares, 2));
        _search.Look(first, null, 0);
        _search.Look(second, 9, 0);
        _search.Look(first, 10, 0);

        Assert.Equal(second, Assert.Single(_search.Found).Lock);
    }

    // Whoever knows the buyer's keys may write annotations that name them: the real one stays among those that are looked at.
    [Fact]
    public void Of_many_that_name_one_number_those_that_lock_most_are_kept()
    {
        for (uint i = 0; i < 300; i++)
        {
            var decoy = Terms(Stranger(50), KeysOf(4), HashOf(1000 + i));
            _search.Look(Lock(decoy, new Amount(1000 + i)), 1, 0);
        }

        var real = Terms(Stranger(50), KeysOf(4), HashOf(999));
        _search.Look(Lock(real, Bench.Shares), 2, 0);
        for (uint i = 300; i < 600; i++)
        {
            _search.Look(Lock(Terms(Stranger(50), KeysOf(4), HashOf(1000 + i)), new Amount(1000 + i)), 3, 0);
        }

        Assert.Equal(256, _search.Found.Length);
        Assert.Contains(_search.Found, swap => swap.Terms.Hash == HashOf(999));
    }

    private static AgreedTerms Own(uint index, (PublicKey, PublicKey) other) => Terms(KeysOf(index), other, HashOf(index));

    private static AgreedTerms Terms(
        (PublicKey Claim, PublicKey Refund) initiator, (PublicKey Claim, PublicKey Refund) participant, PaymentHash hash) => new(
        hash,
        new PartyKeys(initiator.Claim, initiator.Refund, hash, Payout),
        new PartyKeys(participant.Claim, participant.Refund, null, null),
        Short,
        Long);

    private static (PublicKey Claim, PublicKey Refund) Stranger(byte n) => (Bench.Key(n), Bench.Key((byte)(n + 100)));

    private static (PublicKey Claim, PublicKey Refund) KeysOf(uint index) => (KeyOf(2 * index + 1), KeyOf(2 * index + 2));

    private static PublicKey KeyOf(uint n)
    {
        var bytes = new byte[32];
        bytes[0] = 1;
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(28), n);
        return PrivateKey.Create(bytes).PublicKey;
    }

    private static PaymentHash HashOf(uint index) => PaymentHash.Of(BitConverter.GetBytes(index));

    private static Transaction Lock(AgreedTerms terms, Amount amount, uint coin = 0) => new(
        2,
        [new TxIn(new OutPoint(new TxId(Hash256.DoubleSha256([1])), coin), Script.Empty, TxIn.ReplaceableSequence)],
        [
            terms.ContractOf(Role.Initiator).FundingOutput(amount), PayoutAnnotation.For(0, terms.Initiator.PayoutScript!.Value),
            SwapAnnotation.Build(0, terms, Bench.Sats),
        ],
        0);
}
