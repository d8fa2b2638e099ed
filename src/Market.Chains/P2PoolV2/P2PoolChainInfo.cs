using System.Text.Json;
using Market.Bitcoin;

namespace Market.Chains.P2PoolV2;

/// <summary>What GET /chain_info answers: the same in all versions.</summary>
/// <param name="Height">The confirmed tip's height; null while the node has no chain.</param>
/// <param name="Tip">Its id.</param>
/// <param name="Genesis">The id of the chain's first share.</param>
/// <param name="TotalWork">Expected hashes of all of the chain.</param>
/// <param name="Candidate">Height of the highest share that is not confirmed yet; null where there is none.</param>
internal sealed record P2PoolChainInfo(int? Height, Hash256? Tip, Hash256? Genesis, double TotalWork, int? Candidate)
{
    public const string Path = "chain_info";

    /// <exception cref="P2PoolException">It is not what such a node says.</exception>
    public static P2PoolChainInfo Read(JsonElement answer) => new(
        answer.Optional("chain_tip_height")?.AsHeight("chain_tip_height"),
        answer.Optional("chain_tip_blockhash")?.AsHash("chain_tip_blockhash"),
        answer.Optional("genesis_blockhash")?.AsHash("genesis_blockhash"),
        answer.HexNumber("total_work"),
        answer.Optional("top_candidate_height")?.AsHeight("top_candidate_height"));
}
