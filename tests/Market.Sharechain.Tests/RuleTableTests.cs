namespace Market.Sharechain.Tests;

/// <summary>
/// The rules of the sharechain beside the tests that hold them: for each reason to refuse a share, or to register no late work, one
/// that sees it refused and one that sees what is just allowed taken. What the rows do besides (draws, windows, what is frozen) is
/// in the tests of their names, and all rows together are held against a naive reading of the rules by
/// <see cref="AgreementTests"/>.
/// </summary>
public sealed class RuleTableTests
{
    private const string Kept = nameof(RuleTests) + "." + nameof(RuleTests.A_forged_share_with_nothing_changed_is_taken);
    private const string Paid = nameof(LedgerRuleTests) + "."
        + nameof(LedgerRuleTests.The_first_shares_pay_their_own_miner_until_one_is_mature);

    private static readonly Dictionary<ShareRefusal, (string Refused, string Taken)> Shares = new()
    {
        // Rules 1 and 2: the header, its place and its time.
        [ShareRefusal.Version] = (Of<RuleTests>(nameof(RuleTests.Refuses_an_unknown_version)), Kept),
        [ShareRefusal.TooManyUncles] = (
            Of<UncleTests>(nameof(UncleTests.Refuses_four_uncles_and_names_three)),
            Of<UncleTests>(nameof(UncleTests.Refuses_four_uncles_and_names_three))),
        [ShareRefusal.UncleOrder] = (
            Of<RuleTests>(nameof(RuleTests.Refuses_uncles_that_are_not_ascending)),
            Of<UncleTests>(nameof(UncleTests.Refuses_four_uncles_and_names_three))),
        [ShareRefusal.ParentUnknown] = (
            Of<RuleTests>(nameof(RuleTests.Defers_a_share_whose_parent_is_unknown)),
            Of<RuleTests>(nameof(RuleTests.Defers_a_share_whose_parent_is_unknown))),
        [ShareRefusal.ParentInvalid] = (
            Of<ReorgTests>(nameof(ReorgTests.A_branch_that_proves_invalid_is_left_and_the_old_tip_restored)), Kept),
        [ShareRefusal.Height] = (Of<RuleTests>(nameof(RuleTests.Refuses_a_height_that_is_not_the_next)), Kept),
        [ShareRefusal.TimeTooOld] = Both<RuleTests>(
            nameof(RuleTests.Refuses_a_time_at_the_median_of_the_last_eleven_and_takes_one_above)),
        [ShareRefusal.TimeTooFarAhead] = Both<RuleTests>(
            nameof(RuleTests.Defers_a_time_too_far_ahead_until_the_clock_reaches_it)),
        [ShareRefusal.Bits] = (
            Of<RuleTests>(nameof(RuleTests.Refuses_bits_off_the_schedule)),
            Of<AsertTests>(nameof(AsertTests.Shares_that_come_too_fast_get_harder_and_too_slow_ones_easier))),
        [ShareRefusal.BranchTooLight] = Both<HeaderScaleTests>(
            nameof(HeaderScaleTests.A_light_branch_is_not_kept_and_nothing_is_remembered_against_it)),

        // Rules 3 to 5: the work, and that it could be a Bitcoin block.
        [ShareRefusal.WorkTooLow] = (Of<RuleTests>(nameof(RuleTests.Refuses_work_above_the_target)), Kept),
        [ShareRefusal.MainCoinbase] = Both<MainWorkTests>(nameof(MainWorkTests.A_main_coinbase_has_a_script_of_2_to_100_bytes)),
        [ShareRefusal.MainMerkleRoot] = (Of<RuleTests>(nameof(RuleTests.Refuses_a_branch_that_leads_elsewhere)), Kept),
        [ShareRefusal.CommitmentMissing] = (Of<RuleTests>(nameof(RuleTests.Refuses_a_coinbase_that_names_no_share)), Kept),
        [ShareRefusal.CommitmentRepeated] = (
            Of<RuleTests>(nameof(RuleTests.Refuses_a_coinbase_that_names_the_share_twice)), Kept),
        [ShareRefusal.CommitmentOfAnotherShare] = (
            Of<RuleTests>(nameof(RuleTests.Refuses_a_coinbase_that_names_another_share)), Kept),
        [ShareRefusal.MainPreviousUnknown] = Both<RuleTests>(nameof(RuleTests.Defers_a_share_on_an_unknown_mainchain_block)),
        [ShareRefusal.MainPreviousTooOld] = Both<MainWorkTests>(
            nameof(MainWorkTests.Takes_a_mainchain_block_three_below_the_highest_and_refuses_four)),
        [ShareRefusal.MainBits] = (
            Of<RuleTests>(nameof(RuleTests.Refuses_main_bits_that_the_mainchain_does_not_ask_for)), Kept),
        [ShareRefusal.MainVersion] = Both<MainWorkTests>(nameof(MainWorkTests.A_mainchain_header_has_version_4_or_more)),
        [ShareRefusal.MainTimeTooOld] = Both<MainWorkTests>(
            nameof(MainWorkTests.A_mainchain_header_is_later_than_the_median_time_past)),
        [ShareRefusal.MainTimeTooFarAhead] = Both<MainWorkTests>(
            nameof(MainWorkTests.A_mainchain_header_is_at_most_two_hours_ahead_of_its_share)),
        [ShareRefusal.MainCoinbaseNotFinal] = Both<MainWorkTests>(nameof(MainWorkTests.A_main_coinbase_is_final_in_its_block)),
        [ShareRefusal.MainCoinbaseSize] = Both<MainWorkTests>(nameof(MainWorkTests.A_main_coinbase_has_at_most_20_kB)),

        // Rule 6: whom the main coinbase pays.
        [ShareRefusal.PayoutMissing] = (Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_coinbase_that_pays_nobody)), Paid),
        [ShareRefusal.PayoutScript] = (
            Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_coinbase_that_pays_the_miner_instead_of_the_winner)), Paid),
        [ShareRefusal.PayoutProportion] = (
            Of<DrawnRowTests>(nameof(DrawnRowTests.Refuses_a_reward_that_nineteen_share)),
            Of<WindowTests>(nameof(WindowTests.The_largest_holders_are_paid_in_proportion_mature_or_not))),
        [ShareRefusal.PayoutExtra] = (Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_further_output_of_value)), Paid),
        [ShareRefusal.PayoutBelowSubsidy] = Both<LedgerRuleTests>(
            nameof(LedgerRuleTests.Refuses_less_than_the_subsidy_and_takes_more_than_it)),

        // Rules 7 and 8: the sharebase and the other transactions.
        [ShareRefusal.Sharebase] = (
            Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_second_sharebase)),
            Of<LedgerRuleTests>(nameof(LedgerRuleTests.Takes_a_sharebase_with_several_outputs))),
        [ShareRefusal.SharebaseWitness] = (Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_sharebase_with_a_witness)), Kept),
        [ShareRefusal.SharebaseHeight] = (
            Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_sharebase_that_names_another_height)), Kept),
        [ShareRefusal.SharebaseAboveIssuance] = (
            Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_sharebase_that_mints_not_exactly_issuance_and_fees)),
            Of<LedgerRuleTests>(nameof(LedgerRuleTests.Issuance_halves))),
        [ShareRefusal.SharebaseBelowIssuance] = (
            Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_sharebase_that_mints_not_exactly_issuance_and_fees)),
            Of<WindowTests>(nameof(WindowTests.Issuance_is_the_work_over_hashes_a_share_rounded_down))),
        [ShareRefusal.TxRoot] = (Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_root_over_other_transactions)), Kept),
        [ShareRefusal.WitnessRoot] = (Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_root_over_other_witnesses)), Kept),
        [ShareRefusal.TransactionMalformed] = (Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_malformed_transaction)), Kept),
        [ShareRefusal.TooManyTransactions] = (
            Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_more_transactions_than_the_profile_allows)),
            Of<WindowTests>(nameof(WindowTests.A_block_has_at_most_a_hundred_transactions))),
        [ShareRefusal.Weight] = (Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_a_block_that_weighs_too_much)), Kept),
        [ShareRefusal.SigOps] = (Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_too_many_signature_operations)), Kept),
        [ShareRefusal.InputMissing] = Both<LedgerRuleTests>(
            nameof(LedgerRuleTests.Takes_a_spend_of_an_output_made_in_the_same_block_and_refuses_it_before_its_parent)),
        [ShareRefusal.Immature] = Both<LedgerRuleTests>(
            nameof(LedgerRuleTests.A_sharebase_is_spendable_at_its_maturity_and_not_before)),
        [ShareRefusal.Expired] = Both<WindowTests>(nameof(WindowTests.What_has_expired_cannot_be_spent_and_is_paid_to_nobody)),
        [ShareRefusal.Frozen] = Both<RedeemTests>(
            nameof(RedeemTests.Five_blocks_above_it_is_destroyed_where_the_mainchain_keeps_the_block_and_free_where_not)),
        [ShareRefusal.Script] = Both<FeatureTests>(
            nameof(FeatureTests.A_block_spends_an_output_by_each_feature_and_not_against_it)),
        [ShareRefusal.NotFinal] = Both<LedgerRuleTests>(nameof(LedgerRuleTests.A_lock_time_by_height_counts_shares)),
        [ShareRefusal.SequenceLock] = Both<LedgerRuleTests>(
            nameof(LedgerRuleTests.A_relative_lock_by_height_counts_from_the_output)),
        [ShareRefusal.OutputAmount] = (
            Of<LedgerRuleTests>(
                nameof(LedgerRuleTests.Outputs_are_worth_the_least_of_the_row_and_more_but_for_the_first_of_a_sharebase)),
            Of<DrawnRowTests>(nameof(DrawnRowTests.Spends_of_a_join_have_whole_outputs_and_notes_are_worth_nothing))),
        [ShareRefusal.DoubleSpend] = (
            Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_two_spends_of_one_output_in_a_block)), Kept),
        [ShareRefusal.ValueCreated] = (
            Of<LedgerRuleTests>(nameof(LedgerRuleTests.Refuses_outputs_worth_more_than_the_inputs)), Kept),
        [ShareRefusal.DuplicateTransaction] = Both<LedgerRuleTests>(
            nameof(LedgerRuleTests.Refuses_a_transaction_that_stands_twice)),
        [ShareRefusal.SupplyExceeded] = Both<WindowTests>(nameof(WindowTests.Refuses_more_units_than_there_can_be)),

        // Uncles and weak shares.
        [ShareRefusal.NamedUnpaid] = Both<WeakShareTests>(
            nameof(WeakShareTests.Refuses_a_sharebase_that_does_not_pay_a_weak_share_exactly)),
        [ShareRefusal.NamedOthers] = Both<UncleTests>(
            nameof(UncleTests.Others_than_the_header_names_are_refused_and_not_remembered)),
        [ShareRefusal.NamedInvalid] = Both<WeakShareTests>(
            nameof(WeakShareTests.Refuses_a_weak_share_whose_sharebase_is_of_another_height)),
        [ShareRefusal.NamedTooDeep] = Both<WeakShareTests>(
            nameof(WeakShareTests.A_weak_share_may_be_named_by_the_next_three_and_no_later)),
        [ShareRefusal.NamedTwice] = (
            Of<WeakShareTests>(nameof(WeakShareTests.Refuses_a_weak_share_that_is_named_again)),
            Of<UncleTests>(nameof(UncleTests.A_share_beside_the_chain_is_named_by_the_next_and_paid_ninety_to_ten))),
        [ShareRefusal.WeakBits] = Both<WeakShareTests>(
            nameof(WeakShareTests.Refuses_a_target_for_weak_shares_outside_of_what_the_row_allows)),
        [ShareRefusal.WeakWork] = Both<WeakShareTests>(
            nameof(WeakShareTests.Refuses_more_stated_work_than_four_shares_and_templates_stop_there)),
        [ShareRefusal.TooManyWeak] = Both<WeakShareTests>(
            nameof(WeakShareTests.Refuses_sixty_five_weak_shares_and_names_sixty_four)),
        [ShareRefusal.NamedTooDear] = (
            Of<WeakShareTests>(nameof(WeakShareTests.Refuses_a_weak_share_that_is_too_dear_to_name)),
            Of<WeakShareTests>(nameof(WeakShareTests.A_weak_share_is_paid_by_its_stated_work_and_one_percent_goes_to_its_namer))),
    };

    private static readonly Dictionary<LateRefusal, string> Late = new()
    {
        [LateRefusal.Coinbase] = nameof(LateWorkTests.Its_coinbase_is_one_of_its_height_that_leads_to_the_root_and_names_one_key),
        [LateRefusal.Key] = nameof(LateWorkTests.A_key_that_is_pushed_longer_than_it_has_to_be_is_none),
        [LateRefusal.TooEarly] = nameof(LateWorkTests.The_race_must_be_over_and_the_window_open),
        [LateRefusal.TooLate] = nameof(LateWorkTests.The_race_must_be_over_and_the_window_open),
        [LateRefusal.Parent] = nameof(LateWorkTests.Its_parent_is_the_active_block_below_it),
        [LateRefusal.Winner] = nameof(LateWorkTests.What_won_never_qualifies),
        [LateRefusal.Bits] = nameof(LateWorkTests.Its_bits_are_the_mainchains_and_its_work_the_rows_part_of_them),
        [LateRefusal.Work] = nameof(LateWorkTests.Its_bits_are_the_mainchains_and_its_work_the_rows_part_of_them),
        [LateRefusal.Unknown] = nameof(LateWorkTests.A_share_waits_where_the_mainchains_blocks_are_not_known),
    };

    [Fact]
    public void Every_reason_to_refuse_has_a_test_that_refuses_and_one_that_takes()
    {
        Assert.Equal(Enum.GetValues<ShareRefusal>().Where(refusal => refusal != ShareRefusal.None).Order(), Shares.Keys.Order());
        Assert.Equal(Enum.GetValues<LateRefusal>().Where(refusal => refusal != LateRefusal.None).Order(), Late.Keys.Order());
        var tests = typeof(RuleTableTests).Assembly.GetTypes()
            .SelectMany(type => type.GetMethods().Where(method => method.IsDefined(typeof(FactAttribute), inherit: true))
                .Select(method => $"{type.Name}.{method.Name}"))
            .ToHashSet();
        Assert.All(Shares.Values, row => Assert.True(tests.Contains(row.Refused) && tests.Contains(row.Taken), row.ToString()));
        Assert.All(Late.Values, test => Assert.Contains($"{nameof(LateWorkTests)}.{test}", tests));
    }

    private static string Of<T>(string test) => $"{typeof(T).Name}.{test}";

    private static (string Refused, string Taken) Both<T>(string test) => (Of<T>(test), Of<T>(test));
}
