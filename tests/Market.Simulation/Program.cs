return Market.Simulation.SimulateVerb.Run(args, Console.Out);
